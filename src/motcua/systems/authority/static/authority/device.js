// The page hands the pairing code to the agent on this machine; the agent fetches, asks the PIN and signs by itself.
const box = document.querySelector("[data-agent]");
const button = box?.querySelector("button");
const told = box?.querySelector("[role=status]");

async function sign() {
  button.disabled = true;
  told.textContent = box.dataset.waiting;
  try {
    const answer = await fetch(`${box.dataset.agent}/sign`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ code: box.dataset.code }),
    });
    if (answer.ok || answer.status === 422) {
      location.reload();
      return;
    }
    told.textContent = (await answer.json()).detail ?? box.dataset.absent;
  } catch {
    told.textContent = box.dataset.absent;
  }
  button.disabled = false;
}

if (box) {
  box.hidden = false;
  button.addEventListener("click", sign);
}
