// SPDX-License-Identifier: Apache-2.0
package org.platter.container.chain;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.platter.container.data.View;
import org.platter.container.format.Locations;
import org.platter.disk.MapEntry;
import org.platter.disk.MapEntry.Kind;
import org.platter.error.DiskException;
import org.platter.format.Run;

/**
 * What a disk consists of, found as it is asked for; neighbours of one kind and place are one entry.
 *
 * <p>The stream enters the disk for one entry at a time, so that who reads it slowly keeps neither swaps nor writers
 * waiting. The price: each entry is true for its own moment, and the whole is a snapshot only if nobody writes.
 */
public final class ChainMap {
    private ChainMap() {}

    /** The entries of a range; a failure on the way is an {@link UncheckedIOException} of a {@link DiskException}. */
    public static Stream<MapEntry> entries(Chain chain, long offset, long length) {
        Iterator<MapEntry> merged = new Merged(chain, offset, offset + length);
        return StreamSupport.stream(
                Spliterators.spliteratorUnknownSize(merged, Spliterator.ORDERED | Spliterator.NONNULL), false);
    }

    private static final class Merged implements Iterator<MapEntry> {
        private final Chain chain;
        private final long end;
        private long at;
        private MapEntry ahead; // the next entry so far, null at the end

        Merged(Chain chain, long offset, long end) {
            this.chain = chain;
            this.end = end;
            at = offset;
            ahead = look();
        }

        @Override
        public boolean hasNext() {
            return ahead != null;
        }

        @Override
        public MapEntry next() {
            if (ahead == null) {
                throw new NoSuchElementException();
            }
            MapEntry entry = ahead;
            MapEntry more = look();
            while (more != null && adjacent(entry, more)) {
                entry = new MapEntry(
                        entry.offset(),
                        entry.length() + more.length(),
                        entry.kind(),
                        entry.depth(),
                        entry.file(),
                        entry.position());
                more = look();
            }
            ahead = more;
            return entry;
        }

        private static boolean adjacent(MapEntry one, MapEntry next) {
            return one.kind() == next.kind()
                    && one.depth() == next.depth()
                    && one.file().equals(next.file())
                    && (one.position() < 0 || one.position() + one.length() == next.position());
        }

        private MapEntry look() {
            if (at >= end) {
                return null;
            }
            try {
                MapEntry entry = chain.reading(inside -> entry(inside, at, end - at));
                at += entry.length();
                return entry;
            } catch (DiskException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static MapEntry entry(Inside inside, long offset, long length) throws IOException {
            View.Found found = inside.view().locate(offset, length);
            Run run = View.withoutHoles(found.run());
            Optional<URI> none = Optional.empty();
            if (run instanceof Run.Data data) {
                URI file = Locations.withoutSecret(data.storage().location());
                return new MapEntry(
                        run.offset(), run.length(), Kind.DATA, found.depth(), Optional.of(file), data.position());
            }
            Kind kind = run instanceof Run.Free ? Kind.FREE : Kind.ZERO;
            return new MapEntry(run.offset(), run.length(), kind, found.depth(), none, -1);
        }
    }
}
