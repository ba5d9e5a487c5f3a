// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2.old;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.osgi.service.component.annotations.Component;
import org.platter.backend.qcow2.layout.Text;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Capability;
import org.platter.format.DiskFormat;
import org.platter.format.FormatBackend;
import org.platter.format.Image;
import org.platter.format.ImageContext;
import org.platter.format.ImageFlag;
import org.platter.format.ImageInfo;
import org.platter.format.ParentLink;
import org.platter.storage.Storage;

/** QEMU's first disk images, for reading. Keeps no state. Source: docs/formats/qcow2.md, section 11. */
@Component
@DiskFormat(
        name = "QCOW",
        extensions = "qcow",
        signatures = "0:514649FB00000001",
        capabilities = {Capability.ASYNC, Capability.FILE})
public final class QcowBackend implements FormatBackend {
    /** Made by Declarative Services. */
    public QcowBackend() {}

    @Override
    public boolean probe(Storage storage) throws IOException {
        if (storage.size() < Long.BYTES) {
            return false;
        }
        ByteBuffer start = ByteBuffer.allocate(Long.BYTES);
        storage.read(start, 0);
        return start.getInt(0) == QcowHeader.MAGIC && start.getInt(4) == 1;
    }

    @Override
    public Image open(ImageContext context) throws IOException {
        Storage storage = context.storage();
        QcowHeader header = QcowHeader.read(storage);
        String backing = backing(storage, header);
        if (Text.foreign(backing) && !context.infoOnly()) {
            throw new DiskException(
                    ErrorCode.NOT_SUPPORTED,
                    "QCOW: the backing file '" + backing + "' is not a file but a protocol or description");
        }
        return new QcowImage(storage, header, info(header, backing));
    }

    private static String backing(Storage storage, QcowHeader header) throws IOException {
        if (header.namePosition() == 0 || header.nameLength() == 0) {
            return "";
        }
        ByteBuffer name = ByteBuffer.allocate(header.nameLength());
        try {
            storage.read(name, header.namePosition());
        } catch (EOFException e) {
            throw QcowHeader.bad("the backing file name at " + header.namePosition() + " is behind the file");
        }
        return Text.name("backing file name", name.array());
    }

    private static ImageInfo info(QcowHeader header, String backing) {
        Set<ImageFlag> none = EnumSet.noneOf(ImageFlag.class);
        Set<Capability> can = Set.of(Capability.ASYNC, Capability.FILE);
        ImageInfo info = ImageInfo.of("1", header.size(), header.clusterSize(), none, can);
        if (backing.isEmpty()) {
            return info;
        }
        ParentLink link = new ParentLink(ParentLink.NIL, ParentLink.NIL, "", List.of(backing));
        return info.withParent(Optional.of(link))
                .withNotes(List.of(
                        "The image does not say of which format its backing file is; it is not taken for a raw disk."));
    }
}
