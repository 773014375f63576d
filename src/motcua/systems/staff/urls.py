"""The doors of staff and offices, below /can-bo/."""

from django.urls import path

from motcua.systems.staff import views

app_name = "staff"
urlpatterns = [
    path("", views.home, name="home"),
    path("nhap/", views.import_, name="import"),
    path("nhap/mau.xlsx", views.blank, name="blank"),
    path("nhap/<uuid:roster_uuid>/", views.under_way, name="roster"),
    path("nhap/<uuid:roster_uuid>/ma/", views.sheet, name="sheet"),
    path("nhap/<uuid:roster_uuid>/cap-lai/", views.anew, name="anew"),
    path("co-quan/<str:code>/", views.agency, name="agency"),
    path("co-quan/<str:code>/them/", views.add, name="add"),
    path("co-quan/<str:code>/don-vi/", views.office, name="office"),
    path("co-quan/<str:code>/lien-he/", views.contact, name="contact"),
    path("co-quan/<str:code>/quyen-ky/", views.signing, name="signing"),
    path("quyen-ky/<int:row>/", views.end_signing, name="end_signing"),
    path("nguoi/<uuid:officer_uuid>/", views.officer, name="officer"),
    path("nguoi/<uuid:officer_uuid>/sua/", views.correct, name="correct"),
    path("nguoi/<uuid:officer_uuid>/giao/", views.post, name="post"),
    path("nguoi/<uuid:officer_uuid>/tai-khoan/<slug:act>/", views.account, name="account"),
    path("nhiem-vu/<int:row>/ket-thuc/", views.end_post, name="end_post"),
    path("de-nghi/<uuid:proposal_uuid>/", views.proposal, name="proposal"),
    path("ma/<uuid:key_uuid>/", views.approve_code, name="approve_code"),
]
