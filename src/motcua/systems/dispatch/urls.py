"""The doors of the room, below /van-ban/; the axis's own interface in its three forms below /van-ban/truc/."""

from django.urls import path

from motcua.systems.dispatch.axis import session, vxp, wso2
from motcua.systems.dispatch.views import files, incoming, outgoing

app_name = "dispatch"
urlpatterns = [
    path("den/", incoming.listed, name="incoming_list"),
    path("den/giay/", incoming.paper, name="paper"),
    path("den/<uuid:letter_uuid>/", incoming.one, name="incoming"),
    path("den/<uuid:letter_uuid>/tep/<int:place>", incoming.attachment, name="attachment"),
    path("den/<uuid:letter_uuid>/goc.edxml", incoming.original, name="original"),
    path("di/", outgoing.listed, name="outgoing_list"),
    path("di/soan/", outgoing.write, name="write"),
    path("di/mat/", outgoing.secret, name="secret"),
    path("di/<uuid:letter_uuid>/", outgoing.one, name="outgoing"),
    path("di/<uuid:letter_uuid>/sua/", outgoing.rewrite, name="rewrite"),
    path("di/<uuid:letter_uuid>/van-ban.pdf", outgoing.pdf, name="pdf"),
    path("cua-ho-so/<uuid:case_uuid>/soan/", outgoing.write_for_case, name="write_for_case"),
    path("viec/", incoming.tasks, name="tasks"),
    path("viec/<uuid:task_uuid>/", incoming.task, name="task"),
    path("ho-so/", files.listed, name="files"),
    path("ho-so/them/", files.add, name="file_add"),
    path("ho-so/<uuid:file_uuid>/", files.one, name="file"),
    path("ho-so/<uuid:file_uuid>/goi.zip", files.package, name="package"),
    path("truc-trac/", files.troubles, name="troubles"),
    path("truc/sendEdoc", vxp.send, name="vxp_send"),
    path("truc/getReceivedEdocList", vxp.received, name="vxp_received"),
    path("truc/getSentEdocList", vxp.sent, name="vxp_sent"),
    path("truc/getEdoc", vxp.fetch, name="vxp_fetch"),
    path("truc/updateStatus", vxp.update, name="vxp_update"),
    path("truc/registerAgency", vxp.register, name="vxp_register"),
    path("truc/deleteAgency", vxp.delete, name="vxp_delete"),
    path("truc/getAgenciesList", vxp.agencies, name="vxp_agencies"),
    path("truc/getSynchronizeUnit", vxp.agencies, name="vxp_synchronize"),
    path("truc/v1/auth/login", session.login, name="session_login"),
    path("truc/v1/sendEdoc", session.send, name="session_send"),
    path("truc/v1/syncReceivedEdocList", session.received, name="session_received"),
    path("truc/v1/syncSentEdocList", session.sent, name="session_sent"),
    path("truc/v1/getEdoc", session.fetch, name="session_fetch"),
    path("truc/v1/updateStatus", session.update, name="session_update"),
    path("truc/v1/getAgenciesList", session.agencies, name="session_agencies"),
    path("truc/token", wso2.token, name="wso2_token"),
    path("truc/truclienthong/v1.0.0/vanbans", wso2.documents, name="wso2_documents"),
    path("truc/truclienthong/v1.0.0/vanbans/<str:doc_id>", wso2.document, name="wso2_document"),
    path("truc/truclienthong/v1.0.0/donvilienthongs", wso2.agencies, name="wso2_agencies"),
]
