"""The officer's doors."""

SECTION = "Bàn làm việc"
NAVIGATION = [
    {"area": "officer", "section": SECTION, **door}
    for door in (
        {"label": "Hôm nay", "url_name": "onestop:home", "icon": "house", "order": 10},
        {"label": "Việc đang chờ", "url_name": "onestop:work", "icon": "inbox", "order": 20},
        {
            "label": "Chờ ký",
            "url_name": "onestop:signing",
            "icon": "signature",
            "order": 30,
            "groups": ["chair"],
        },
        {
            "label": "Tại quầy",
            "url_name": "onestop:counter",
            "icon": "users",
            "order": 40,
            "groups": ["one_stop"],
        },
        {"label": "Sự cố, đối soát", "url_name": "onestop:incidents", "icon": "triangle-alert", "order": 50},
        {"label": "Sổ theo dõi hồ sơ", "url_name": "onestop:register", "icon": "book-open", "order": 60},
    )
]
