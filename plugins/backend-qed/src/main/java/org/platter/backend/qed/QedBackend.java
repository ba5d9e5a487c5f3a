// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qed;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Set;
import org.osgi.service.component.annotations.Component;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Capability;
import org.platter.format.DiskFormat;
import org.platter.format.FormatBackend;
import org.platter.format.Image;
import org.platter.format.ImageContext;
import org.platter.storage.Storage;

/** Reads images of QEMU's enhanced disk format. Keeps no state. Source: docs/formats/qed.md. */
@Component
@DiskFormat(
        name = "QED",
        extensions = "qed",
        signatures = "0:51454400",
        capabilities = {Capability.ASYNC, Capability.FILE})
public final class QedBackend implements FormatBackend {
    static final Set<Capability> CAPABILITIES = Set.of(Capability.ASYNC, Capability.FILE);

    /** Made by Declarative Services. */
    public QedBackend() {}

    @Override
    public boolean probe(Storage storage) throws IOException {
        return storage.size() >= QedHeader.BYTES && header(storage).magic() == QedHeader.MAGIC;
    }

    static QedHeader header(Storage storage) throws IOException {
        if (storage.size() < QedHeader.BYTES) {
            throw new DiskException(ErrorCode.BAD_HEADER, "QED header: the file has " + storage.size() + " bytes");
        }
        ByteBuffer bytes = ByteBuffer.allocate(QedHeader.BYTES);
        storage.read(bytes, 0);
        return QedHeader.decode(bytes.flip());
    }

    @Override
    public Image open(ImageContext context) throws IOException {
        return QedImage.opened(context.storage());
    }
}
