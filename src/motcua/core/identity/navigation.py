"""The doors to one's own account."""

NAVIGATION = [
    {
        "area": "citizen",
        "label": "Tài khoản của tôi",
        "url_name": "identity:home",
        "order": 900,
        "icon": "user-round",
        "section": "account",
    },
    {
        "area": "officer",
        "label": "Tài khoản của tôi",
        "url_name": "identity:home",
        "order": 900,
        "icon": "user-round",
        "section": "Tài khoản",
    },
]
