// SPDX-License-Identifier: Apache-2.0
package org.platter.testkit;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.platter.format.Image;
import org.platter.format.Run;

/** Holds {@code allocate} to its word: what it hands out is in no other use, and was not let go since the last flush. */
final class StorageAudit {
    /** The whole map is compared up to this size of a disk, bytes. */
    private static final long MOST = 256L << 20;

    private final List<Run.Data> reserved = new ArrayList<>();
    private final List<Run.Data> released = new ArrayList<>();

    void reserve(Run.Data made, Image image) throws IOException {
        released.forEach(old -> refuseAny(made, old, "was let go since the last flush by"));
        reserved.forEach(old -> refuse(made, old, "is reserved for"));
        if (image.info().size() <= MOST) {
            visible(image, 0, image.info().size()).forEach(old -> refuse(made, old, "holds"));
        }
        reserved.add(made);
    }

    /** A block may be allocated anew where it is: for formats that note parts of a block. */
    private static void refuse(Run.Data made, Run.Data old, String what) {
        if (made.position() - made.offset() != old.position() - old.offset()) {
            refuseAny(made, old, what);
        }
    }

    private static void refuseAny(Run.Data made, Run.Data old, String what) {
        if (made.storage() == old.storage()
                && made.position() < old.position() + old.length()
                && old.position() < made.position() + made.length()) {
            throw new AssertionError("allocated " + made + " overlaps storage that " + what + " " + old);
        }
    }

    /** The data that {@code run} takes the place of. */
    List<Run.Data> replaced(Run run, Image image) throws IOException {
        List<Run.Data> old = visible(image, run.offset(), run.length());
        if (run instanceof Run.Data data) {
            old.removeIf(before -> before.storage() == data.storage()
                    && before.position() - before.offset() == data.position() - data.offset());
        }
        return old;
    }

    void release(List<Run.Data> old) {
        released.addAll(old);
    }

    void flushed() {
        reserved.clear();
        released.clear();
    }

    private static List<Run.Data> visible(Image image, long offset, long length) throws IOException {
        List<Run.Data> runs = new ArrayList<>();
        for (long at = offset; at < offset + length; ) {
            Run run = image.map(at, offset + length - at);
            if (run instanceof Run.Data data && !data.storage().readOnly()) {
                runs.add(data);
            }
            at = run.end();
        }
        return runs;
    }
}
