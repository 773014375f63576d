"""The editing of services: what holds, what is changed, what waits for a second person."""

from django.urls import path

from motcua.systems.studio.views import calendar, changing, gears, home, moving, packs, trying, versions

app_name = "studio"
urlpatterns = [
    path("", home.home, name="home"),
    path("lich/", calendar.calendar, name="calendar"),
    path("lich/<str:day>/bo/", calendar.remove, name="calendar_remove"),
    path("nap-goi/", packs.take_in, name="import"),
    path("phien-ban/<uuid:version_uuid>/", versions.version, name="version"),
    path("phien-ban/<uuid:version_uuid>/tai-ve/", packs.export, name="export"),
    path("phien-ban/<uuid:version_uuid>/gui-duyet/", packs.hand_in, name="hand_in"),
    path("phien-ban/<uuid:version_uuid>/duyet/", versions.settle, name="settle"),
    path("chuyen/<uuid:move_uuid>/", moving.move, name="move"),
    path("<str:code>/", home.service, name="service"),
    path("<str:code>/muc-rieng/", gears.agency_gear, name="agency_gear"),
    path("<str:code>/chuyen-ho-so/", moving.plan, name="moving"),
    path("<str:code>/sua/", changing.choose, name="choose"),
    path("<str:code>/sua/muc-thu/", changing.fee, name="fee"),
    path("<str:code>/sua/chu/", changing.texts, name="texts"),
    path("<str:code>/sua/chu/mot/", changing.text, name="text"),
    path("<str:code>/sua/tu-dong/", changing.gear, name="gear"),
    path("<str:code>/sua/bang/<str:table>/", changing.table, name="table"),
    path("<str:code>/sua/bang/<str:table>/<str:rule>/", changing.row, name="row"),
    path("<str:code>/kiem-tra/", trying.check, name="check"),
    path("<str:code>/kiem-tra/<str:slug>/", trying.case, name="case"),
]
