"""The modules of the OpenID Foundation's conformance plans, each beside the test that does here what the module does.

The plans are the Basic OP profile of OpenID Connect and the FAPI 2.0 Security Profile (final), as the suite names
them; FAPI's are those of one client with a key of its own and tokens bound by DPoP.
"""

from __future__ import annotations

import pytest

from motcua.systems.openid.tests import test_attacks, test_basic_op, test_fapi2_security_profile

BASIC_OP = {
    "Server": "server",
    "ResponseTypeMissing": "response_type_missing",
    "IdTokenSignature": "id_token_signature",
    "IdTokenUnsigned": "id_token_unsigned",
    "UserInfoGet": "user_info_get",
    "UserInfoPostHeader": "user_info_post_header",
    "UserInfoPostBody": "user_info_post_body",
    "EnsureRequestWithoutNonceSucceedsForCodeFlow": "request_without_nonce_succeeds",
    "ScopeProfile": "scope_profile_email_address_phone",
    "ScopeEmail": "scope_profile_email_address_phone",
    "ScopeAddress": "scope_profile_email_address_phone",
    "ScopePhone": "scope_profile_email_address_phone",
    "ScopeAll": "scope_all",
    "EnsureOtherScopeOrderSucceeds": "other_scope_order",
    "DisplayPage": "display_page_popup",
    "DisplayPopup": "display_page_popup",
    "PromptLogin": "prompt_login",
    "PromptNoneNotLoggedIn": "prompt_none_not_logged_in",
    "PromptNoneLoggedIn": "prompt_none_logged_in",
    "MaxAge1": "max_age_1",
    "MaxAge10000": "max_age_10000",
    "EnsureRequestWithUnknownParameterSucceeds": "unknown_parameter",
    "IdTokenHint": "id_token_hint",
    "LoginHint": "login_hint",
    "UiLocales": "ui_locales",
    "ClaimsLocales": "claims_locales",
    "EnsureRequestWithAcrValuesSucceeds": "acr_values",
    "CodeReuse": "authorization_code_reuse",
    "CodeReuse30Seconds": "authorization_code_reuse_after_30_seconds",
    "EnsureRegisteredRedirectUri": "ensure_registered_redirect_uri",
    "EnsurePostRequestSucceeds": "ensure_post_request_succeeds",
    "ServerClientSecretPost": "server_client_secret_post",
    "RequestUriUnsigned": "request_uri_unsigned",
    "UnsignedRequestObjectSupportedCorrectlyOrRejectedAsUnsupported": (
        "unsigned_request_object_supported_correctly_or_rejected"
    ),
    "ClaimsEssential": "claims_essential",
    "EnsureRequestObjectWithRedirectUri": "ensure_request_object_with_redirect_uri",
    "RefreshToken": "refresh_token",
    "EnsureRequestWithValidPkceSucceeds": "ensure_request_with_valid_pkce_succeeds",
}
FAPI_2 = {
    "DiscoveryEndpointVerification": "discovery_end_point_verification",
    "HappyFlow": "happy_flow",
    "UserRejectsAuthentication": "user_rejects_authentication",
    "EnsureServerAcceptsRequestObjectWithMultipleAud": "ensure_server_accepts_request_object_with_multiple_aud",
    "EnsureAuthorizationRequestWithoutStateSuccess": "ensure_authorization_request_without_state_success",
    "EnsureAuthorizationRequestWithoutNonceSuccess": "ensure_authorization_request_without_nonce_success",
    "EnsureRequestWithLongNonce": "ensure_request_with_long_nonce_and_long_state",
    "EnsureRequestWithLongState": "ensure_request_with_long_nonce_and_long_state",
    "EnsureOtherScopeOrderSucceeds": "other_scope_order",
    "EnsureClientAssertionWithIssAudSucceeds": "ensure_client_assertion_with_iss_aud_succeeds",
    "EnsureClientAssertionWithNbf8SecondsInTheFutureSucceeds": (
        "ensure_client_assertion_with_nbf_8_seconds_in_the_future_succeeds"
    ),
    "EnsureClientAssertionWithExpIsInPastFails": "client_assertion_negative_tests",
    "EnsureClientAssertionWithWrongAudFails": "client_assertion_negative_tests",
    "EnsureClientAssertionWithNoSubFails": "client_assertion_negative_tests",
    "EnsureSignedClientAssertionWithRS256Fails": "ensure_signed_client_assertion_with_rs256_fails",
    "EnsureClientIdInTokenEndpoint": "ensure_authorization_code_is_bound_to_client",
    "EnsureAuthorizationCodeIsBoundToClient": "ensure_authorization_code_is_bound_to_client",
    "AttemptReuseAuthorizationCodeAfterOneSecond": "attempt_reuse_authorization_code_after_one_second",
    "AttemptToUseExpiredAuthCode": "attempt_to_use_expired_auth_code",
    "EnsureRegisteredRedirectUri": "ensure_registered_redirect_uri",
    "EnsureResponseTypeTokenFails": "ensure_response_type_other_than_code_fails",
    "EnsureResponseTypeCodeIdTokenFails": "ensure_response_type_other_than_code_fails",
    "EnsureUnsignedAuthorizationRequestWithoutUsingParFails": (
        "ensure_unsigned_authorization_request_without_using_par_fails"
    ),
    "ParEnsureRequestUriIsBoundToClient": "par_ensure_request_uri_is_bound_to_client",
    "ParAttemptReuseRequestUri": "par_attempt_reuse_request_uri",
    "ParEnsureServerAcceptsReuseOfRequestUriBeforeAuthenticationCompletion": (
        "par_ensure_server_accepts_reuse_of_request_uri_before_authentication_completion"
    ),
    "ParAttemptToUseExpiredRequestUri": "par_attempt_to_use_expired_request_uri",
    "ParAuthorizationRequestContainingRequestUri": "par_authorization_request_containing_request_uri",
    "ParAttemptInvalidHttpMethod": "par_reject_invalid_http_verb",
    "ParWithoutDuplicateParameters": "par_without_duplicate_parameters",
    "EnsurePkceRequired": "ensure_pkce_required",
    "PlainPkceRejected": "plain_pkce_rejected",
    "EnsurePkceCodeVerifierRequired": "ensure_pkce_code_verifier_required",
    "IncorrectPkceCodeVerifierRejected": "incorrect_pkce_code_verifier_rejected",
    "EnsureHolderOfKeyRequired": "ensure_holder_of_key_required",
    "AccessTokenTypeHeaderCaseSensitivity": "access_token_type_header_case_sensitivity",
    "DpopNegativeTests": "dpop_negative_tests",
    "CheckDpopProofNbfExp": "check_dpop_proof_nbf_exp",
    "EnsureDpopProofAtParEndpointBindsTheCode": "ensure_dpop_auth_code_binding_success",
    "EnsureMismatchedDpopJktFails": "ensure_mismatched_dpop_jkt_fails",
    "EnsureTokenEndpointFailsWithMismatchedDpopJkt": "ensure_token_endpoint_fails_with_mismatched_dpop_jkt",
    "EnsureTokenEndpointFailsWithMismatchedDpopProofJkt": (
        "ensure_token_endpoint_fails_with_mismatched_dpop_proof_jkt"
    ),
    "RefreshToken": "refresh_token_is_not_rotated",
    "EnsureRefreshTokenIsBoundToClient": "refresh_token_of_another_client_is_refused",
    "TestClaimsParameterIdentityClaims": "claims_parameter_identity_claims",
    "StateOnlyOutsideRequestObjectNotUsed": "state_only_outside_request_object_not_used",
    "EnsureRequestObjectSignatureAlgorithmIsNotNone": "ensure_request_object_signature_algorithm_is_not_none",
    "EnsureRequestObjectWithInvalidSignatureFails": "ensure_request_object_with_invalid_signature_fails",
    "EnsureRequestObjectWithoutExpFails": "request_object_negative_tests",
    "EnsureRequestObjectWithoutNbfFails": "request_object_negative_tests",
    "EnsureRequestObjectWithExpOver60MinutesFails": "request_object_negative_tests",
    "EnsureRequestObjectWithNbfOver60MinutesFails": "request_object_negative_tests",
    "EnsureMatchingKeyInAuthorizationRequest": "ensure_matching_key_in_authorization_request",
}
ATTACKS = {
    "code reuse": (test_basic_op, "authorization_code_reuse"),
    "code injected into another browser": (
        test_attacks, "a_code_injected_into_another_browser_s_sign_in_fails_by_its_verifier"
    ),
    "mix-up": (test_attacks, "mix_up_every_answer_names_its_issuer"),
    "redirect tricks": (test_attacks, "redirect_tricks_are_never_followed"),
    "replayed DPoP": (test_attacks, "a_replayed_dpop_proof_is_refused"),
    "stolen refresh token": (test_attacks, "a_stolen_refresh_token_ends_the_family_for_thief_and_owner"),
    "stolen access token": (test_attacks, "a_stolen_token_is_worth_nothing_with_the_thief_s_own_key"),
    "wrong audience": (test_attacks, "a_token_for_another_audience_is_not_taken"),
    "alg confusion": (test_attacks, "alg_confusion_a_public_key_is_no_secret"),
    "expired mandate": (test_attacks, "an_expired_mandate_ends_what_rested_on_it"),
    "unknown numbers": (test_attacks, "signing_in_costs_as_much_work_for_a_number_that_nobody_has"),
    "unknown clients": (test_attacks, "an_unknown_client_and_a_wrong_secret_are_answered_alike"),
    "flood": (test_attacks, "an_address_that_floods_us_with_requests_waits_and_people_signed_in_do_not"),
}  # fmt: skip


def test_the_basic_plan_has_its_38_modules() -> None:
    assert len(BASIC_OP) == 38


@pytest.mark.parametrize(("module", "name"), BASIC_OP.items())
def test_every_module_of_the_basic_plan_has_its_test(module: str, name: str) -> None:
    assert hasattr(test_basic_op, f"test_{name}"), module


@pytest.mark.parametrize(("module", "name"), FAPI_2.items())
def test_every_module_of_the_fapi_plan_has_its_test(module: str, name: str) -> None:
    found = any(hasattr(place, f"test_{name}") for place in (test_fapi2_security_profile, test_basic_op))
    assert found, module


@pytest.mark.parametrize("attack", ATTACKS)
def test_every_attack_that_the_threat_model_names_is_tried(attack: str) -> None:
    place, name = ATTACKS[attack]
    assert hasattr(place, f"test_{name}"), attack
