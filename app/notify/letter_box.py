"""A parcel as a mail: written into the outbox, where the same one is known; with a way out of it in one tap."""

from app.identity import outbox
from app.identity.secret import NotSealedHere, hashed, seal, unseal
from app.notify.parcels import Parcel
from app.settings import settings
from app.tenancy import control, control_transaction
from app.tenancy.registry import Place

_PURPOSE = "no more mails"


async def mailed(place: Place, parcel: Parcel) -> bool:
    """Write the mail to the person's confirmed address; False when there is none."""
    origin = settings().origin_of(place.host)
    first = parcel.lines[0]
    told = {
        "town": place.name,
        "title": first.title if len(parcel.lines) == 1 else parcel.push.title,
        "link": origin + parcel.push.href,
        "off": f"{origin}/notifications/off?t={mark_of(place.slug, parcel.to.id)}",
    }
    if len(parcel.lines) == 1:
        told |= {"text": first.body} if first.body else {}
    else:
        told |= {f"line{number:02}": line.title for number, line in enumerate(parcel.lines)}
    async with control_transaction(), control() as connection:
        row = await connection.fetchrow(
            "SELECT email, name, locale FROM account WHERE sub = $1 AND state = 'active'"
            " AND email_verified_at IS NOT NULL",
            parcel.to.account_sub,
        )
        if row is None:
            return False
        told |= {"name": row["name"]} if row["name"] else {}
        lines = hashed(",".join(str(line.id) for line in parcel.lines))
        dedupe = f"told {place.slug} {parcel.to.id} {lines}"
        await outbox.put(connection, row["email"], "announcement", row["locale"], place.slug, told, dedupe)
    return True


def mark_of(slug: str, subscriber_id: int) -> str:
    """What a link of a mail carries: it ends the mails of one person in one village and does nothing else."""
    return seal(_PURPOSE, f"{slug} {subscriber_id}")


def marked(mark: str, slug: str) -> int | None:
    """The subscriber that a link is about; None for a link of another village, or for none of ours."""
    try:
        there, _, number = unseal(_PURPOSE, mark).partition(" ")
    except NotSealedHere:
        return None
    return int(number) if there == slug and number.isdigit() else None
