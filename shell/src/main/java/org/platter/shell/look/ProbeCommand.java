// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.look;

import java.io.IOException;
import org.platter.disk.FormatInfo;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.shell.command.Command;
import org.platter.shell.command.Invocation;
import org.platter.shell.image.Location;
import org.platter.shell.option.Argument;
import org.platter.shell.print.Places;
import org.platter.shell.print.Result;
import org.platter.shell.print.Text;

/** {@code probe}: the format whose signature an image bears. */
public final class ProbeCommand extends Command {
    private final Argument<String> location = syntax.argument("LOCATION", word -> word, "the image");

    /** Declares the options. */
    public ProbeCommand() {
        super("probe", "Tell the format of an image by its signature", "platter probe disk.bin");
        printsJson();
    }

    @Override
    public Result run(Invocation invocation) throws IOException {
        Location image = Location.parse(location.get(), invocation.console().directory());
        return invocation
                .manager()
                .probe(image.uri())
                .map(FormatInfo::name)
                .map(Answer::new)
                .orElseThrow(() -> new DiskException(
                        ErrorCode.NOT_SUPPORTED,
                        Places.show(image.uri()) + " bears no signature of a format that is installed"));
    }

    private record Answer(String format) implements Result {
        @Override
        public void text(Text out) throws IOException {
            out.line(format);
        }

        @Override
        public String toString() {
            return format;
        }
    }
}
