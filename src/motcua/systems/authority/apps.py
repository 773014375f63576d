from django.apps import AppConfig


class AuthorityConfig(AppConfig):
    name = "motcua.systems.authority"
    label = "authority"
    verbose_name = "Chứng thực chữ ký số"

    def ready(self) -> None:
        from motcua.core import bearers
        from motcua.core.documents.expiry import ends_soon, list_fails, root_is_wanted
        from motcua.systems.authority import telling
        from motcua.systems.authority.csc import tokens

        ends_soon.register(telling.tell_of_end)
        root_is_wanted.register(telling.call_for_the_root)
        list_fails.register(telling.tell_of_list)
        bearers.register(tokens.account_of)
        bearers.offer_scopes(tokens.scopes)
