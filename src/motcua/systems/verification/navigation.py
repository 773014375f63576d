"""The door of this room."""

NAVIGATION = [
    {
        "area": "citizen",
        "label": "Kiểm tra văn bản",
        "url_name": "verification:home",
        "order": 60,
        "icon": "shield-check",
    },
]
