"""The doors of this room."""

NAVIGATION = [
    {
        "area": "citizen",
        "label": "Ví giấy tờ",
        "url_name": "wallet:home",
        "order": 45,
        "section": "footer",
    },
    {
        "area": "officer",
        "section": "Bàn làm việc",
        "label": "Kiểm tra giấy tờ số",
        "url_name": "wallet:desk",
        "order": 45,
        "icon": "scan-line",
        "covers": ["wallet:question"],
    },
]
