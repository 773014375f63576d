// Goes on by itself where scripts run; the button does the same where they do not.
document.getElementById("pass-on")?.submit();
