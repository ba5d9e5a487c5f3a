// SPDX-License-Identifier: Apache-2.0
package org.platter.container.data;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import org.platter.storage.Storage;

/**
 * Notes where another storage is changed, so that a copy of it can follow while it is in use. A range is noted before it
 * changes and once more afterwards: whoever copies in between takes it again.
 *
 * <p>Why twice: a copier takes a note away before it reads. A note made only before the change could be taken and the
 * old bytes read while the change is under way; one made only afterwards would be missed by the last round, which
 * looks for notes when nobody is inside and trusts that there is one for every change that has begun. What is cut off
 * is a change too, because a file that grows again has zeroes there.
 */
public final class TrackingStorage implements Storage {
    private final Storage below;
    private final DirtyRanges changed = new DirtyRanges();

    /** Notes the changes of {@code below}, which is closed with this. */
    public TrackingStorage(Storage below) {
        this.below = below;
    }

    /** What is changed. */
    public Storage below() {
        return below;
    }

    /** Where it has been changed. */
    public DirtyRanges changed() {
        return changed;
    }

    private interface Change {
        void run() throws IOException;
    }

    private void changing(long position, long length, Change change) throws IOException {
        if (length == 0) {
            change.run();
            return;
        }
        changed.mark(position, length);
        try {
            change.run();
        } finally {
            changed.mark(position, length);
        }
    }

    @Override
    public URI location() {
        return below.location();
    }

    @Override
    public void read(ByteBuffer dst, long position) throws IOException {
        below.read(dst, position);
    }

    @Override
    public void write(ByteBuffer src, long position) throws IOException {
        changing(position, src.remaining(), () -> below.write(src, position));
    }

    @Override
    public long size() throws IOException {
        return below.size();
    }

    @Override
    public void resize(long size) throws IOException {
        long before = below.size();
        long cut = Math.max(0, before - size);
        changing(size, cut, () -> below.resize(size)); // what grows back there is zeroes, not what a copy has
    }

    @Override
    public void flush() throws IOException {
        below.flush();
    }

    @Override
    public boolean readOnly() {
        return below.readOnly();
    }

    @Override
    public long nextData(long position) throws IOException {
        return below.nextData(position);
    }

    @Override
    public long nextHole(long position) throws IOException {
        return below.nextHole(position);
    }

    @Override
    public long allocatedSize() throws IOException {
        return below.allocatedSize();
    }

    @Override
    public void zero(long position, long length) throws IOException {
        changing(position, length, () -> below.zero(position, length));
    }

    @Override
    public void discard(long position, long length) throws IOException {
        changing(position, length, () -> below.discard(position, length));
    }

    @Override
    public void preallocate(long position, long length) throws IOException {
        below.preallocate(position, length);
    }

    @Override
    public void transferTo(long position, long length, Storage target, long targetPosition) throws IOException {
        if (target instanceof TrackingStorage tracked) {
            tracked.changing(
                    targetPosition, length, () -> below.transferTo(position, length, tracked.below, targetPosition));
        } else {
            below.transferTo(position, length, target, targetPosition);
        }
    }

    @Override
    public void close() throws IOException {
        below.close();
    }
}
