from __future__ import annotations
import datetime as dt
from pathlib import Path
from motcua.core import jobs
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.engines import edxml
from motcua.engines.edxml.samples import signer
from motcua.systems.dispatch.actions import admitting, arriving, drafting, receiving, sending, signing, work_files
from motcua.systems.dispatch.axis import exchange
from motcua.systems.dispatch.models import AxisMember, Connection, Incoming, Outgoing, WorkFile
from motcua.systems.dispatch.tests.conftest import Axis
from motcua.systems.dispatch.tests.test_trust import letter as stranger_letter, pem
from tests.browser.window import DESK
OUT = Path("/tmp/m/axshots"); OUT.mkdir(exist_ok=True)

def test_walk(window, world):
    with acting(SYSTEM):
        axis = Axis()
        l1 = axis.sent(subject="V/v đề nghị xác minh thông tin hộ tịch của công dân Nguyễn Văn An")
        l2 = axis.sent(priority=2, subject="V/v phòng chống lũ quét, sạt lở đất trên địa bàn")
        axis.poll()
        (held,) = arriving.take_document(edxml.write(stranger_letter(axis), signer("Công ty X", "X01")), axis.connection, "h")
        came = Incoming.objects.get(edxml_id=l1.edxml_id)
        receiving.enter(axis.theirs.clerk, came.uuid, dt.date(2026,12,1))
        receiving.assign(axis.theirs.chair, came.uuid, [axis.theirs.social.officer_id or 0], "Kiểm tra sổ hộ tịch và trả lời", dt.date(2026,11,30))
        came2 = Incoming.objects.get(edxml_id=l2.edxml_id)
        sending.recall(axis.ours.clerk, l2.uuid, "Sai số liệu"); jobs.run_all(); axis.poll()
        d = drafting.draft(axis.ours.clerk, axis.ours.agency.pk, axis.draft(head_id=axis.ours.vice.officer_id)); drafting.submit(axis.ours.clerk, d.uuid)
        d2 = drafting.draft(axis.ours.clerk, axis.ours.agency.pk, axis.draft(subject="V/v chờ ký")); drafting.submit(axis.ours.clerk, d2.uuid)
        f = work_files.open_file(axis.theirs.clerk, axis.theirs.agency.pk, "Xác minh hộ tịch năm 2026", "hai_muoi")
        work_files.add(axis.theirs.clerk, f.uuid, "incoming", came.uuid)
        work_files.gather(axis.theirs.clerk, f.uuid)
        m, secret = admitting.admit(SYSTEM, "btp", "Hệ thống văn bản Bộ Tư pháp", [("G15", "Bộ Tư pháp")], networks=["203.0.113.0/24"])
        admitting.register_certificates(SYSTEM, "G15", pem(signer("Bộ Tư pháp","G15")))
        h = exchange.accept(m, edxml.write(stranger_letter(axis, "77"), signer.__wrapped__("Bộ Tư pháp","G15")))
        theirs = axis.theirs.agency.code.lower(); ours = axis.ours.agency.code.lower()
        from motcua.core.organisations.models import Appointment
        runner = Appointment.objects.select_related("agency").filter(position__code="service_approver").earliest("pk").agency.code.lower()
        conn = axis.connection.uuid
    from motcua.systems.dispatch.tests.conftest import runner as sign_runner
    for pos in ("civil-status-officer","social-officer"): axis.theirs.browser(pos)
    for pos in ("civil-status-officer","chair","vice-chair"): axis.ours.browser(pos)
    sign_runner()
    pages = [
        (f"{theirs}.civil-status-officer", "/van-ban/den/", "den"),
        (f"{theirs}.civil-status-officer", f"/van-ban/den/{came.uuid}/", "den-mot"),
        (f"{theirs}.civil-status-officer", f"/van-ban/den/{held.uuid}/", "den-giu"),
        (f"{theirs}.civil-status-officer", f"/van-ban/den/{came2.uuid}/", "den-thu-hoi"),
        (f"{theirs}.civil-status-officer", f"/van-ban/ho-so/{f.uuid}/", "ho-so"),
        (f"{theirs}.social-officer", "/van-ban/viec/", "viec"),
        (f"{ours}.civil-status-officer", "/van-ban/di/", "di"),
        (f"{ours}.civil-status-officer", f"/van-ban/di/{l1.uuid}/", "di-mot"),
        (f"{ours}.civil-status-officer", "/van-ban/di/soan/?mau=xac_minh", "soan"),
        (f"{ours}.chair", f"/van-ban/di/{d2.uuid}/", "ky"),
        (f"{ours}.vice-chair", f"/van-ban/di/{d.uuid}/", "duyet"),
        (f"{runner}.service-approver", "/van-ban/ket-noi-truc/", "truc"),
        (f"{runner}.service-approver", f"/van-ban/ket-noi-truc/thanh-vien/{m.uuid}/", "thanh-vien"),
        (f"{runner}.service-approver", f"/van-ban/ket-noi-truc/bi-giu/{h.uuid}/", "bi-giu"),
        (f"{runner}.service-approver", "/van-ban/ket-noi-truc/nhan/", "nhan"),
        (f"{runner}.service-approver", "/van-ban/ket-noi-truc/noi/", "noi"),
        (f"{runner}.service-approver", f"/van-ban/ket-noi-truc/truc/{conn}/", "ket-noi"),
    ]
    for who, path, name in pages:
        for width in (1280, 320):
            w = window(who, size={"width": width, "height": 900})
            page = w.page if hasattr(w, "page") else w
            page.goto(world + path)
            over = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            print(name, width, page.title(), "OVER" if over > 0 else "", over)
            page.screenshot(path=str(OUT / f"{name}-{width}.png"), full_page=True)
