"""The officer's doors."""

SECTION = "Bàn làm việc"
PEOPLE = "Người dân, dữ liệu"
OF_A_CASE = (
    "case", "paper", "replay", "receipt", "answer_supplement", "act", "document", "withdraw", "elsewhere",
)  # fmt: skip
"""Pages that one comes to from the list of work."""
NAVIGATION = [
    {"area": "officer", "section": SECTION, **door}
    for door in (
        {"label": "Hôm nay", "url_name": "onestop:home", "icon": "house", "order": 10},
        {
            "label": "Việc đang chờ",
            "url_name": "onestop:work",
            "icon": "inbox",
            "order": 20,
            "covers": [f"onestop:{page}" for page in OF_A_CASE],
        },
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
        {
            "label": "Tài khoản người dân",
            "url_name": "onestop:accounts",
            "icon": "id-card",
            "order": 110,
            "groups": ["one_stop"],
            "section": PEOPLE,
        },
        {
            "label": "Đại diện theo giấy tờ",
            "url_name": "onestop:entrusted",
            "icon": "user-plus",
            "order": 112,
            "groups": ["one_stop"],
            "section": PEOPLE,
            "covers": ["onestop:entrust", "onestop:entrusted_one"],
        },
        {"label": "Sự cố, đối soát", "url_name": "onestop:incidents", "icon": "triangle-alert", "order": 50},
        {"label": "Sổ theo dõi hồ sơ", "url_name": "onestop:register", "icon": "book-open", "order": 60},
    )
]
