// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.formats;

import java.io.IOException;
import org.platter.install.Installation;
import org.platter.shell.print.Result;
import org.platter.shell.print.Text;

/** What an installation did, for people and for programs. */
record InstallationReport(
        String format, String bundle, String version, String replaced, String digest, int images, double pauseMillis)
        implements Result {
    static InstallationReport of(Installation done) {
        return new InstallationReport(
                done.format(),
                done.bundle(),
                done.version(),
                done.replaced().isEmpty() ? null : done.replaced(),
                done.digest(),
                done.images(),
                done.longestPause().toNanos() / 1e6);
    }

    @Override
    public void text(Text out) throws IOException {
        String before = replaced == null ? "" : ", before " + replaced;
        String pause = images == 0
                ? ""
                : "; " + images + " open images handed over, requests waited "
                        + String.format(java.util.Locale.ROOT, "%.1f", pauseMillis) + " ms at most";
        out.line(format + " is served by " + bundle + " " + version + before + pause);
    }
}
