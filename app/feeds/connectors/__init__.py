"""One folder per format or supplier; see `app/feeds/connector.py`."""
