"""The doors of this room."""

NAVIGATION = [
    {
        "area": "officer",
        "label": "Chỉ số",
        "url_name": "indicators:home",
        "order": 600,
        "icon": "chart-column",
        "section": "Theo dõi, điều hành",
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
