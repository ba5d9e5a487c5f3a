// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2.layout;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.platter.error.DiskException;
import org.platter.storage.Storage;

/**
 * What an image holds beside the present state of its disk. Platter keeps it as it is.
 *
 * @param snapshots the snapshots
 * @param bitmaps the bitmaps
 * @param faults what of it cannot be read, a sentence each
 */
public record Annexes(Snapshot.Table snapshots, Bitmaps bitmaps, List<String> faults) {
    /** The bitmaps and where their directory is. */
    public record Bitmaps(Bitmap.Directory directory, List<Bitmap> list) {}

    /** Reads everything; what cannot be read is missing and said. */
    public static Annexes read(Storage storage, Head head) throws IOException {
        List<String> faults = new ArrayList<>();
        Snapshot.Table snapshots = new Snapshot.Table(List.of(), 0);
        Bitmap.Directory directory = new Bitmap.Directory(0, 0, 0);
        List<Bitmap> bitmaps = List.of();
        try {
            snapshots = Snapshot.read(storage, head.header());
        } catch (DiskException e) {
            faults.add(e.getMessage());
        }
        try {
            directory = Bitmap.Directory.of(head);
            bitmaps = Bitmap.read(storage, directory);
        } catch (DiskException e) {
            faults.add(e.getMessage());
        }
        return new Annexes(snapshots, new Bitmaps(directory, bitmaps), List.copyOf(faults));
    }
}
