// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.tour;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.platter.shell.command.Command;
import org.platter.shell.command.Invocation;
import org.platter.shell.option.Argument;
import org.platter.shell.option.Sizes;
import org.platter.shell.print.Result;
import org.platter.shell.print.Text;

/** {@code tour}: the main job, for real, in a minute. */
public final class TourCommand extends Command {
    private final Argument<String> folder =
            syntax.optional("FOLDER", word -> word, "where to leave the files; else a new temporary folder");

    /** Declares the options. */
    public TourCommand() {
        super("tour", "Make, fill, snapshot, convert, compare, check, compact: for real", "platter tour /tmp/tour");
    }

    @Override
    public Result run(Invocation invocation) throws IOException {
        Path place = folder.value().isPresent()
                ? Files.createDirectories(invocation.file(folder.get()))
                : Files.createTempDirectory("platter-tour-");
        Tour tour = new Tour(invocation, place);
        Text out = new Text(invocation.console().out());
        int number = 0;
        for (Step step : Steps.ALL) {
            if (step.applies().test(tour)) {
                tour.check();
                out.raw(String.format(Locale.ROOT, "%2d  %-34s", ++number, step.title()));
                invocation.console().out().flush();
                out.line(figures(step, tour, out));
                invocation.console().out().flush();
            }
        }
        out.line("everything held; the files are in " + place);
        return null;
    }

    private static String figures(Step step, Tour tour, Text out) throws IOException {
        try {
            return run(step, tour);
        } catch (IOException | RuntimeException e) {
            out.line("FAILED");
            throw e;
        }
    }

    private static String run(Step step, Tour tour) throws IOException {
        long start = System.nanoTime();
        Step.Figures figures = step.action().run(tour);
        double seconds = (System.nanoTime() - start) / 1e9;
        String moved = figures.bytes() == 0
                ? " ".repeat(24)
                : String.format(Locale.ROOT, "%9s %12s/s", Sizes.human(figures.bytes()), Sizes.human((long)
                        (figures.bytes() / seconds)));
        return String.format(Locale.ROOT, "%7.3f s  %s  %s", seconds, moved, figures.text());
    }
}
