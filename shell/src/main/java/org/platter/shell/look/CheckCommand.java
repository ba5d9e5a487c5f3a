// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.look;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.platter.format.CheckReport;
import org.platter.format.RepairMode;
import org.platter.shell.command.Command;
import org.platter.shell.command.Invocation;
import org.platter.shell.image.Access;
import org.platter.shell.image.ChainOptions;
import org.platter.shell.image.Opened;
import org.platter.shell.option.Argument;
import org.platter.shell.option.Option;
import org.platter.shell.option.UsageException;
import org.platter.shell.print.Json;
import org.platter.shell.print.Result;
import org.platter.shell.print.Text;

/** {@code check}: faults of an image, and mending them. */
public final class CheckCommand extends Command {
    private static final String LOSSY = "lossy";

    private final Option<String> repair = syntax.flagOr(
            "--repair",
            LOSSY,
            "mend what can be mended without loss; --repair=lossy: give up what a plain repair names and leaves");
    private final Option<Boolean> dryRun = syntax.flag("--dry-run", "with --repair: only look");
    private final ChainOptions images = new ChainOptions(syntax);
    private final Argument<String> image =
            syntax.argument("IMAGE", word -> word, "the image; its parents are not checked");

    /** Declares the options. */
    public CheckCommand() {
        super("check", "Look for faults in an image", "platter check --repair disk.vdi");
        printsJson();
    }

    @Override
    public Result run(Invocation invocation) throws IOException {
        if (dryRun.given() && !repair.given()) {
            throw new UsageException("--dry-run goes with --repair");
        }
        boolean change = repair.given() && !dryRun.given();
        Opened opened = images.open(invocation, image.get(), change ? Access.WRITE : Access.READ);
        RepairMode mode = repair.value().filter(LOSSY::equals).isPresent() ? RepairMode.LOSSY : RepairMode.SAFE;
        CheckReport report = invocation.await(
                change
                        ? opened.disk().repair(opened.layer(), mode)
                        : opened.disk().check(opened.layer()));
        return new Report(
                report.errors(),
                report.leaks(),
                report.repaired(),
                report.findings().stream().map(Finding::of).toList());
    }

    private record Finding(String severity, String what, Optional<Long> offset) {
        static Finding of(CheckReport.Finding finding) {
            Optional<Long> offset = Optional.of(finding.offset()).filter(value -> value >= 0);
            return new Finding(Json.word(finding.severity()), finding.what(), offset);
        }
    }

    private record Report(long errors, long leaks, long repaired, List<Finding> findings) implements Result {
        @Override
        public int status() {
            return errors > 0 ? 1 : 0;
        }

        @Override
        public void text(Text out) throws IOException {
            for (Finding finding : findings) {
                out.line(finding.severity
                        + finding.offset.map(offset -> " at " + offset).orElse("") + ": " + finding.what);
            }
            if (findings.size() == CheckReport.MOST) {
                out.line("the first " + CheckReport.MOST + " findings are shown");
            }
            out.line(errors + " errors, " + leaks + " leaks" + (repaired > 0 ? ", " + repaired + " repaired" : ""));
        }
    }
}
