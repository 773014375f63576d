"""The doors of sign-in and of one's own account. What of allauth is not named here cannot be reached."""

from __future__ import annotations

from allauth.account import views as account
from allauth.mfa.base import views as factors
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as keys
from django.urls import include, path

from motcua.core.identity import addresses, enrol_views, first_views, source_views, views
from motcua.core.identity.front_door import where_accounts_are

own = [
    path("", views.home, name="home"),
    path("ngon-ngu/", views.choose_language, name="language"),
    path("phien/", views.sessions, name="sessions"),
    path("phien/ket-thuc/", views.end_sessions, name="end_sessions"),
    path("khoa/", first_views.lock_own, name="lock"),
    path("thay-mat/da-het/", views.mandate_over, name="mandate_over"),
    path("co-quan/", views.work_for, name="work_for"),
    path("nang-muc/", views.step_up, name="step_up"),
    path("da-giu/", views.kept, name="kept"),
    path("xac-thuc/xong/", views.set_up, name="set_up"),
]

from_elsewhere = [
    path("<slug:key>/", source_views.leave_for_source, name="start"),
    path("<slug:key>/lai/", source_views.leave_for_source, {"anew": True}, name="again"),
    path("<slug:key>/tro-ve/", source_views.return_from_source, name="callback"),
    path("<slug:key>/dang-xuat-tu-xa/", source_views.hear_of_sign_out, name="hear_of_sign_out"),
]

second_factor = [
    path("", where_accounts_are(factors.index), name="mfa_index"),
    path("ung-dung/bat/", where_accounts_are(views.activate_totp), name="mfa_activate_totp"),
    path("ung-dung/go/", where_accounts_are(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("ma-du-phong/", where_accounts_are(recovery.view_recovery_codes), name="mfa_view_recovery_codes"),
    path(
        "ma-du-phong/tao/",
        where_accounts_are(recovery.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path("khoa/", where_accounts_are(keys.list_webauthn), name="mfa_list_webauthn"),
    path("khoa/them/", where_accounts_are(views.add_webauthn), name="mfa_add_webauthn"),
    path("khoa/<int:pk>/go/", where_accounts_are(keys.remove_webauthn), name="mfa_remove_webauthn"),
    path("khoa/<int:pk>/sua/", where_accounts_are(keys.edit_webauthn), name="mfa_edit_webauthn"),
]

urlpatterns = [
    path("dang-nhap/", source_views.sign_in, name="account_login"),
    path("dang-nhap/lan-dau/", first_views.first_sign_in, name="identity_first"),
    path("dang-nhap/mo-tai-khoan/", where_accounts_are(enrol_views.read_card), name="identity_enrol"),
    path(
        "dang-nhap/mo-tai-khoan/mat-khau/",
        where_accounts_are(enrol_views.choose_password),
        name="identity_enrol_password",
    ),
    path("dang-nhap/buoc-hai/", factors.authenticate, name="mfa_authenticate"),
    path("dang-nhap/khoa/", keys.login_webauthn, name="mfa_login_webauthn"),
    path("dang-nhap/qua/", include((from_elsewhere, "identity_source"))),
    path("dang-nhap/khoa-tai-khoan/", account.account_inactive, name="account_inactive"),
    path("dang-xuat/da-roi/", source_views.left, name="identity_left"),
    path("dang-xuat/", views.logout, name="account_logout"),
    path("tai-khoan/mat-khau/", where_accounts_are(account.password_change), name="account_change_password"),
    path("tai-khoan/mat-khau/dat/", where_accounts_are(account.password_set), name="account_set_password"),
    path("tai-khoan/xac-nhan/", account.reauthenticate, name="account_reauthenticate"),
    path("tai-khoan/xac-nhan/ma/", factors.reauthenticate, name="mfa_reauthenticate"),
    path("tai-khoan/xac-nhan/khoa/", keys.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("tai-khoan/dia-chi.json", addresses.seen, name="identity_address"),
    path("tai-khoan/xac-thuc/", include(second_factor)),
    path("tai-khoan/", include((own, "identity"))),
]
