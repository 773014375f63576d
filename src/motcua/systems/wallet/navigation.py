"""The doors of this room."""

NAVIGATION = [
    {
        "area": "citizen",
        "label": "Ví giấy tờ",
        "url_name": "wallet:home",
        "order": 45,
        "icon": "wallet",
        "section": "account",
    },
    {
        "area": "officer",
        "section": "Người dân, dữ liệu",
        "label": "Kiểm tra giấy tờ số",
        "url_name": "wallet:desk",
        "order": 114,
        "icon": "scan-line",
        "covers": ["wallet:question"],
    },
]
