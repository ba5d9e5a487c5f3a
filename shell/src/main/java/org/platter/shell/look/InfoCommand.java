// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.look;

import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.platter.disk.Layer;
import org.platter.error.DiskException;
import org.platter.shell.command.Command;
import org.platter.shell.command.Invocation;
import org.platter.shell.image.Access;
import org.platter.shell.image.ChainOptions;
import org.platter.shell.option.Argument;
import org.platter.shell.option.Option;
import org.platter.shell.print.Result;
import org.platter.shell.print.Text;

/** {@code info}: what an image is, also where its parents are missing. */
public final class InfoCommand extends Command {
    private final Option<Boolean> chain = syntax.flag("--chain", "show its parents too, the newest image first");
    private final ChainOptions images = new ChainOptions(syntax);
    private final Argument<String> image = syntax.argument("IMAGE", word -> word, "the image");

    /** Declares the options. */
    public InfoCommand() {
        super("info", "Show what an image is", "platter info --chain snapshot.vdi");
        printsJson();
    }

    @Override
    public Result run(Invocation invocation) throws IOException {
        List<Layer> layers = layers(invocation);
        List<ImageReport> reports = new ArrayList<>();
        for (int i = layers.size() - 1; i >= 0; i--) {
            Optional<URI> parent =
                    i == 0 ? Optional.empty() : Optional.of(layers.get(i - 1).location());
            reports.add(ImageReport.of(layers.get(i), parent));
            if (!chain.given()) {
                return reports.get(0);
            }
        }
        return new Chain(reports);
    }

    /** All of the chain if it can be opened; else as much as can be looked at, with a word about what is wrong. */
    private List<Layer> layers(Invocation invocation) throws IOException {
        try {
            return images.open(invocation, image.get(), Access.READ).disk().layers();
        } catch (DiskException e) {
            List<Layer> layers = looked(invocation, e);
            invocation.note("info: " + e.getMessage() + " [" + e.code() + "]");
            return layers;
        }
    }

    private List<Layer> looked(Invocation invocation, DiskException why) throws IOException {
        try {
            return images.open(invocation, image.get(), Access.INFO).disk().layers();
        } catch (DiskException parents) {
            try {
                return List.of(images.openAlone(invocation, image.get(), Access.INFO.flags())
                        .layer());
            } catch (DiskException alone) {
                throw why;
            }
        }
    }

    private record Chain(List<ImageReport> images) implements Result {
        @Override
        public Object json() {
            return images;
        }

        @Override
        public void text(Text out) throws IOException {
            for (ImageReport image : images) {
                if (image != images.get(0)) {
                    out.line("");
                }
                image.text(out);
            }
        }
    }
}
