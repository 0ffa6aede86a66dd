"""What Piccolo's own tools look for: the engine and the list of applications."""

from piccolo.conf.apps import AppRegistry

from app.tenancy import TENANT_DB

DB = TENANT_DB
APP_REGISTRY = AppRegistry(apps=["app.piccolo_app"])
