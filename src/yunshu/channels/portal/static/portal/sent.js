// The demand whose form was sent from this window has arrived: its draft is no longer needed.

const KEY = "yunshu.demand";
if (sessionStorage.getItem(KEY)) {
  sessionStorage.removeItem(KEY);
  localStorage.removeItem(KEY);
}
