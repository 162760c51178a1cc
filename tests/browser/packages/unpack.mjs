// Unpacks the package's Chromium into TMPDIR and prints where it is.
import chromium from "@sparticuz/chromium";
console.log(await chromium.executablePath());
