"""The doors of this room."""

NAVIGATION = [
    {
        "area": "officer",
        "label": "Chỉ số",
        "url_name": "indicators:home",
        "order": 80,
        "icon": "chart-column",
        "groups": ["chair", "steering", "service_approver"],
    },
    {
        "area": "citizen",
        "label": "Chỉ số phục vụ",
        "url_name": "indicators:home",
        "order": 80,
        "section": "footer",
    },
]
