// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2;

import java.io.IOException;
import java.util.Optional;
import org.platter.backend.qcow2.layout.Annexes;
import org.platter.backend.qcow2.layout.Bad;
import org.platter.backend.qcow2.layout.Features;
import org.platter.backend.qcow2.layout.Head;
import org.platter.backend.qcow2.layout.Header;
import org.platter.backend.qcow2.layout.HeaderExtension;
import org.platter.backend.qcow2.layout.Snapshot;
import org.platter.backend.qcow2.layout.Text;
import org.platter.backend.qcow2.table.ClusterMap;
import org.platter.backend.qcow2.table.Volume;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Image;
import org.platter.format.ImageContext;
import org.platter.storage.Storage;

/** Opens an image: judges what is quickly judged, and finds its parts. Writes nothing. */
final class Opening {
    private final ImageContext context;
    private final Storage storage;

    Opening(ImageContext context) throws IOException {
        this.context = context;
        storage = context.storage();
    }

    Image run() throws IOException {
        Head head = Head.read(storage);
        Annexes annexes = Annexes.read(storage, head);
        if (!context.infoOnly()) {
            judge(head);
        }
        Optional<Snapshot> shown = snapshot(head, annexes);
        boolean writable = context.writable() && !storage.readOnly() && shown.isEmpty();
        Volume volume = new Volume(storage, data(head, writable), head);
        if (shown.isPresent()) {
            Snapshot state = shown.get();
            volume.map(new ClusterMap(storage, volume.sizes(), state.size(), state.l1Position(), state.l1Size()));
        }
        Qcow2Image image = new Qcow2Image(volume, annexes, shown, writable);
        return context.infoOnly() ? image : image.verified();
    }

    private void judge(Head head) throws IOException {
        Header header = head.header();
        if (Text.foreign(head.backing())) {
            throw Bad.unsupported("the backing file '" + head.backing()
                    + "' is not a file but a protocol or description, which is never opened because an image says so");
        }
        inside("L1 table", header.l1Position(), header.l1Size() * Long.BYTES);
        inside("refcount table", header.refcountsPosition(), header.refcountsClusters() << header.clusterBits());
        if (head.extension(HeaderExtension.ENCRYPTION).isPresent()) {
            throw Bad.unsupported("the image has a LUKS header, but is not marked as encrypted");
        }
    }

    private void inside(String name, long position, long bytes) throws IOException {
        if (bytes > 0 && (position == 0 || position > storage.size() - bytes)) {
            throw new DiskException(
                    ErrorCode.CORRUPT,
                    "QCOW2 header: " + name + " of " + bytes + " bytes at " + position
                            + " is over the header or behind the file of " + storage.size() + " bytes");
        }
    }

    private Optional<Snapshot> snapshot(Head head, Annexes annexes) throws IOException {
        Optional<String> wanted = context.config().text(Options.SNAPSHOT);
        if (wanted.isEmpty()) {
            return Optional.empty();
        }
        Snapshot found = annexes.snapshots().snapshots().stream()
                .filter(each -> each.id().equals(wanted.get()))
                .findFirst()
                .or(() -> annexes.snapshots().snapshots().stream()
                        .filter(each -> each.name().equals(wanted.get()))
                        .findFirst())
                .orElseThrow(() -> new DiskException(
                        ErrorCode.NOT_FOUND, "QCOW2: the image has no snapshot '" + wanted.get() + "'"));
        String fault = found.fault(head.header());
        if (!fault.isEmpty()) {
            throw Bad.corrupt(fault);
        }
        inside("L1 table of snapshot " + found.id(), found.l1Position(), found.l1Size() * Long.BYTES);
        return Optional.of(found);
    }

    private Storage data(Head head, boolean writable) throws IOException {
        if (!head.header().has(Features.DATA_FILE) || context.infoOnly()) {
            return storage;
        }
        String name = head.dataFile();
        if (name.isEmpty()) {
            throw Bad.unsupported("the image has its data in another file, but does not say in which");
        }
        if (Text.foreign(name)) {
            throw Bad.unsupported("the data file '" + name + "' is not a file but a protocol or description");
        }
        return writable ? context.storage(name) : context.storageForReading(name);
    }
}
