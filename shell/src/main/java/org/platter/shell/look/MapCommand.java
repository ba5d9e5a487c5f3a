// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.look;

import java.io.IOException;
import java.net.URI;
import java.util.Iterator;
import java.util.Optional;
import java.util.stream.Stream;
import org.platter.disk.MapEntry;
import org.platter.disk.VirtualDisk;
import org.platter.shell.command.Cancellation;
import org.platter.shell.command.Command;
import org.platter.shell.command.Invocation;
import org.platter.shell.image.Access;
import org.platter.shell.image.ChainOptions;
import org.platter.shell.option.Argument;
import org.platter.shell.print.Json;
import org.platter.shell.print.Places;
import org.platter.shell.print.Result;
import org.platter.shell.print.Text;

/** {@code map}: what each stretch of a disk consists of. Printed as it is read: there may be millions. */
public final class MapCommand extends Command {
    private final ChainOptions images = new ChainOptions(syntax);
    private final Argument<String> image = syntax.argument("IMAGE", word -> word, "the image");

    /** Declares the options. */
    public MapCommand() {
        super("map", "Show where the data of a disk is", "platter map --json snapshot.vdi");
        printsJson();
    }

    @Override
    public Result run(Invocation invocation) throws IOException {
        VirtualDisk disk = images.open(invocation, image.get(), Access.READ).disk();
        Stream<MapEntry> entries = disk.size() == 0 ? Stream.empty() : disk.map(0, disk.size());
        invocation.closing(entries::close);
        return new Entries(entries, invocation.cancellation());
    }

    private record Entry(
            long offset,
            long length,
            String kind,
            Optional<Integer> depth,
            Optional<URI> file,
            Optional<Long> position) {
        static Entry of(MapEntry entry) {
            return new Entry(
                    entry.offset(),
                    entry.length(),
                    Json.word(entry.kind()),
                    Optional.of(entry.depth()).filter(depth -> depth >= 0),
                    entry.file(),
                    Optional.of(entry.position()).filter(position -> position >= 0));
        }

        String line() {
            return row(
                    Long.toString(offset),
                    Long.toString(length),
                    kind,
                    depth.map(String::valueOf).orElse("-"),
                    position.map(String::valueOf).orElse("-"),
                    file.map(Places::show).orElse("-"));
        }

        static String row(String offset, String length, String kind, String depth, String position, String file) {
            return right(offset, 16) + right(length, 17) + "  " + kind + right(depth, 10 - kind.length())
                    + right(position, 18) + "  " + file;
        }

        private static String right(String cell, int width) {
            return " ".repeat(Math.max(1, width - cell.length())) + cell;
        }
    }

    private record Entries(Stream<MapEntry> entries, Cancellation cancellation) implements Result {
        @Override
        public boolean fleeting() {
            return true;
        }

        @Override
        public Object json() {
            return entries.takeWhile(entry -> !cancellation.requested()).map(Entry::of);
        }

        @Override
        public void text(Text out) throws IOException {
            out.line(Entry.row("OFFSET", "LENGTH", "KIND", "DEPTH", "POSITION", "FILE"));
            for (Iterator<MapEntry> i = entries.iterator(); i.hasNext(); ) {
                cancellation.check();
                out.line(Entry.of(i.next()).line());
            }
        }
    }
}
