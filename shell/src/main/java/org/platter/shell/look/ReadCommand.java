// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.look;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.platter.disk.VirtualDisk;
import org.platter.shell.command.Command;
import org.platter.shell.command.Invocation;
import org.platter.shell.image.Access;
import org.platter.shell.image.ChainOptions;
import org.platter.shell.image.Span;
import org.platter.shell.option.Argument;
import org.platter.shell.option.Option;
import org.platter.shell.option.Sizes;
import org.platter.shell.print.Hexdump;
import org.platter.shell.print.Output;
import org.platter.shell.print.Result;

/** {@code read}: any bytes of a disk, raw or as a hex dump. */
public final class ReadCommand extends Command {
    private final Option<Boolean> hex = syntax.flag("--hex", "print a hex dump");
    private final ChainOptions images = new ChainOptions(syntax);
    private final Argument<String> image = syntax.argument("IMAGE", word -> word, "the image");
    private final Argument<Long> offset = syntax.argument("OFFSET", Sizes::parse, "where to start on the disk");
    private final Argument<Long> length = syntax.argument("LENGTH", Sizes::parse, "how many bytes");

    /** Declares the options. */
    public ReadCommand() {
        super("read", "Print bytes of a disk", "platter read --hex disk.vdi 0 512");
    }

    @Override
    public Result run(Invocation invocation) throws IOException {
        VirtualDisk disk = images.open(invocation, image.get(), Access.READ).disk();
        Span span = Span.of(disk, offset.get(), length.get());
        Output out = invocation.console().out();
        Hexdump dump = new Hexdump(out, span.offset());
        ByteBuffer buffer = ByteBuffer.allocateDirect(Span.CHUNK);
        for (Span rest = span; rest.length() > 0; ) {
            invocation.cancellation().check();
            Span piece = rest.first();
            piece.read(disk, buffer);
            if (hex.given()) {
                dump.add(buffer);
            } else {
                out.bytes(buffer);
            }
            rest = rest.after(piece);
        }
        if (hex.given()) {
            dump.end();
        }
        out.flush();
        return null;
    }
}
