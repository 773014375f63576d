"""Code lists of the population database."""

SEXES = {"1": "Nam", "2": "Nữ", "3": "Khác"}
NATIONALITIES = {"VN": "Việt Nam", "VNM": "Việt Nam"}
DEAD = {"0", "CHET"}
YES, NO = {"true", "1", "đúng"}, {"false", "0", "sai"}
_GROUPS = (
    "Kinh, Tày, Thái, Hoa, Khơ-me, Mường, Nùng, Mông, Dao, Gia-rai, Ngái, Ê-đê, Ba-na, Xơ-đăng, Sán Chay, Cơ-ho, Chăm, "
    "Sán Dìu, Hrê, Mnông, Ra-glai, Xtiêng, Bru-Vân Kiều, Thổ, Giáy, Cơ-tu, Gié-Triêng, Mạ, Khơ-mú, Co, Ta-ôi, Chơ-ro, "
    "Kháng, Xinh-mun, Hà Nhì, Chu-ru, Lào, La Chi, La Ha, Phù Lá, La Hủ, Lự, Lô Lô, Chứt, Mảng, Pà Thẻn, Cơ Lao, Cống, "
    "Bố Y, Si La, Pu Péo, Brâu, Ơ-đu, Rơ-măm"
)
ETHNIC_GROUPS = {f"{code:02}": name for code, name in enumerate(_GROUPS.split(", "), start=1)}
"""Decision 121-TCTK/PPCĐ of 1979: 54 ethnic groups."""
