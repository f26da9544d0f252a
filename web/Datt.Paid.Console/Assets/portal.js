// What pages do beyond HTML: times in the reader's zone, copying, and the payment page looking for news. All pages work without it.
// @ts-check

const format = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
for (const time of document.querySelectorAll("time[datetime]"))
  time.textContent = format.format(new Date(/** @type {string} */ (time.getAttribute("datetime"))));

for (const button of document.querySelectorAll("button[data-copy]"))
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(/** @type {HTMLElement} */ (button).dataset.copy ?? "");
      button.textContent = "Copied";
    } catch {
      button.textContent = "Select the text below and copy it";
    }
  });

const left = document.getElementById("left");
if (left) {
  const until = Number(left.dataset.until);
  const show = () => {
    const seconds = Math.max(0, Math.round((until - Date.now()) / 1000));
    left.textContent = `(${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")} left)`;
  };
  show();
  setInterval(show, 1000);
}

const state = document.getElementById("state");
if (state?.dataset.watch === "yes") {
  let wait = 2000;
  const look = async () => {
    try {
      const answer = await fetch(`/checkout/${state.dataset.invoice}/state`, { cache: "no-store" });
      if (answer.ok && (await answer.text()) !== state.dataset.mark) {
        location.reload();
        return;
      }
      wait = answer.ok ? 2000 : Math.min(30000, wait * 2);
    } catch {
      wait = Math.min(30000, wait * 2);
    }
    setTimeout(look, wait);
  };
  setTimeout(look, wait);
}
