"""The doors: a person's own applications, and the officers' list."""

NAVIGATION = [
    {
        "area": "citizen",
        "label": "Ứng dụng tôi đã cho phép",
        "url_name": "openid:applications",
        "order": 910,
        "icon": "shield-check",
        "section": "account",
    },
    {
        "area": "officer",
        "label": "Ứng dụng đăng nhập",
        "url_name": "openid:clients",
        "order": 510,
        "icon": "id-card",
        "groups": ["service_approver"],
        "section": "Chứng thực, đăng nhập",
        "covers": ["openid:client", "openid:register_by_hand", "openid:register_installation", "openid:keys"],
    },
]
