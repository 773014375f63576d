"""What a fault of a presentation means, for people."""

FAULTS = {
    "malformed": "Câu trả lời không đúng dạng của giấy tờ số.",
    "signature": "Không phải do cơ quan trong danh sách tin cậy ký, hoặc người xuất trình không giữ khóa của giấy này.",
    "algorithm": "Giấy tờ dùng cách ký không được chấp nhận.",
    "type": "Đây không phải giấy tờ số.",
    "disclosure": "Nội dung đã bị sửa.",
    "expired": "Giấy tờ hoặc lần xuất trình đã hết hạn.",
    "not_yet": "Giấy tờ chưa có hiệu lực.",
    "binding": "Người xuất trình không chứng minh được giấy tờ là của mình.",
    "replay": "Câu trả lời được làm cho lần hỏi khác.",
    "audience": "Câu trả lời được làm cho nơi khác.",
    "status": "Kết quả đã bị thu hồi hoặc thay thế.",
    "unreachable": "Chưa hỏi được cơ quan cấp xem giấy tờ còn hiệu lực không, nên chưa tính. Thử lại sau ít phút.",
    "claims": "Giấy tờ không có điều được hỏi.",
}
