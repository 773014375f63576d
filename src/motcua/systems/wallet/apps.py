from django.apps import AppConfig


class WalletConfig(AppConfig):
    name = "motcua.systems.wallet"
    label = "wallet"
    verbose_name = "Ví giấy tờ số"

    def ready(self) -> None:
        from motcua.core import bearers
        from motcua.core.cases import proofs
        from motcua.core.errors import say
        from motcua.systems.wallet import jobs, proving, signed_in  # noqa: F401  (its tasks register themselves)

        proofs.register(proving)

        bearers.offer_scopes(signed_in.scopes)
        what = say("Hỏi người dân chứng minh bằng giấy tờ số", "Ask people to prove things by credentials")
        bearers.offer_to_applications("presentation", what)
        bearers.read_details(signed_in.DETAILS, signed_in.granted)
