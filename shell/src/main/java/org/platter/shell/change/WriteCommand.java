// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.change;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.platter.disk.VirtualDisk;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.shell.command.Command;
import org.platter.shell.command.Invocation;
import org.platter.shell.image.Access;
import org.platter.shell.image.ChainOptions;
import org.platter.shell.image.Span;
import org.platter.shell.image.Values;
import org.platter.shell.option.Argument;
import org.platter.shell.option.Option;
import org.platter.shell.option.Sizes;
import org.platter.shell.option.UsageException;
import org.platter.shell.print.Result;

/** {@code write}: any bytes onto a disk, from standard input or one byte many times. */
public final class WriteCommand extends Command {
    private final Option<Byte> fill = syntax.option("--fill", "BYTE", Values::fill, "write this byte, 0 to 255");
    private final Option<Long> length = syntax.option("--length", "SIZE", Sizes::parse, "with --fill: how often");
    private final ChainOptions images = new ChainOptions(syntax);
    private final Argument<String> image = syntax.argument("IMAGE", word -> word, "the image");
    private final Argument<Long> offset = syntax.argument("OFFSET", Sizes::parse, "where to start on the disk");

    /** Declares the options. */
    public WriteCommand() {
        super("write", "Write to a disk, from standard input", "platter write disk.vdi 1M < boot.bin");
    }

    @Override
    public Result run(Invocation invocation) throws IOException {
        if (fill.given() != length.given()) {
            throw new UsageException("--fill and --length go together");
        }
        VirtualDisk disk = images.open(invocation, image.get(), Access.WRITE).disk();
        if (fill.given()) {
            fill(invocation, disk, Span.of(disk, offset.get(), length.value().orElseThrow()));
        } else {
            copy(invocation, disk);
        }
        disk.flush();
        return null;
    }

    private void fill(Invocation invocation, VirtualDisk disk, Span span) throws IOException {
        byte value = fill.value().orElseThrow();
        byte[] bytes = new byte[Span.CHUNK];
        Arrays.fill(bytes, value);
        Span inner = span.inner();
        if (value == 0 && inner.length() > 0) {
            disk.zero(inner.offset(), inner.length());
            repeat(invocation, disk, new Span(span.offset(), inner.offset() - span.offset()), bytes);
            repeat(invocation, disk, new Span(inner.end(), span.end() - inner.end()), bytes);
        } else {
            repeat(invocation, disk, span, bytes);
        }
    }

    private static void repeat(Invocation invocation, VirtualDisk disk, Span span, byte[] bytes) throws IOException {
        for (Span rest = span; rest.length() > 0; ) {
            invocation.cancellation().check();
            Span piece = rest.first();
            piece.write(disk, bytes);
            rest = rest.after(piece);
        }
    }

    private void copy(Invocation invocation, VirtualDisk disk) throws IOException {
        InputStream in = invocation.console().in();
        byte[] bytes = new byte[Span.CHUNK];
        long position = Span.of(disk, offset.get(), 0).offset();
        while (true) {
            invocation.cancellation().check();
            int wanted = (int) new Span(position, Span.CHUNK).first().length();
            int count = in.readNBytes(bytes, 0, wanted);
            if (count > disk.size() - position) {
                throw new DiskException(
                        ErrorCode.BAD_SIZE,
                        "standard input goes on behind the end of the disk at " + disk.size() + "; written up to "
                                + position);
            }
            if (count > 0) {
                new Span(position, count).write(disk, bytes);
            }
            position += count;
            if (count < wanted) {
                return;
            }
        }
    }
}
