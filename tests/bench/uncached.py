"""The product without its cache of answers."""

from app.main import create_app
from app.web.cache import Answer, AnswerCache


class Forgetful(AnswerCache):
    """Keeps nothing."""

    def put(self, slug: str, key: tuple[str, ...], answer: Answer, epoch: tuple[int, int]) -> None:
        """Let go of the answer."""


app = create_app()
app.cache = Forgetful()
