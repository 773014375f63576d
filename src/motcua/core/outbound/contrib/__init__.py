"""The styles of authentication seen in Vietnam, one file each."""

from motcua.core.outbound.contrib import c06, kept, session_in_body, wso2, x_road, xroad_vnpt

forget = kept.forget

__all__ = ["c06", "forget", "session_in_body", "wso2", "x_road", "xroad_vnpt"]
