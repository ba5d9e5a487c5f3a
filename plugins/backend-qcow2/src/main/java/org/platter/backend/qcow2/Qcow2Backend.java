// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.osgi.service.component.annotations.Component;
import org.platter.backend.qcow2.layout.Head;
import org.platter.backend.qcow2.layout.Header;
import org.platter.backend.qcow2.layout.HeaderExtension;
import org.platter.backend.qcow2.table.HeadFile;
import org.platter.config.ConfigSchema;
import org.platter.format.Capability;
import org.platter.format.DiskFormat;
import org.platter.format.FormatBackend;
import org.platter.format.Image;
import org.platter.format.ImageContext;
import org.platter.format.ImageSpec;
import org.platter.storage.Storage;

/** QEMU's disk images, versions 2 and 3. Keeps no state. Source: docs/formats/qcow2.md. */
@Component
@DiskFormat(
        name = "QCOW2",
        extensions = {"qcow2", "qcow2c"},
        signatures = {"0:514649FB00000002", "0:514649FB00000003"},
        capabilities = {
            Capability.CREATE_DYNAMIC,
            Capability.DIFF,
            Capability.ASYNC,
            Capability.FILE,
            Capability.DISCARD,
            Capability.RESIZE,
            Capability.COMPACT,
            Capability.CHECK,
            Capability.REPAIR
        })
public final class Qcow2Backend implements FormatBackend {
    static final Set<Capability> CAPABILITIES = Set.of(
            Capability.CREATE_DYNAMIC,
            Capability.DIFF,
            Capability.ASYNC,
            Capability.FILE,
            Capability.DISCARD,
            Capability.RESIZE,
            Capability.COMPACT,
            Capability.CHECK,
            Capability.REPAIR);

    /** Made by Declarative Services. */
    public Qcow2Backend() {}

    @Override
    public ConfigSchema schema() {
        return Options.SCHEMA;
    }

    @Override
    public boolean probe(Storage storage) throws IOException {
        if (storage.size() < Long.BYTES) {
            return false;
        }
        ByteBuffer start = ByteBuffer.allocate(Long.BYTES);
        storage.read(start, 0);
        return start.getInt(0) == Header.MAGIC && start.getInt(4) != 1;
    }

    @Override
    public Image open(ImageContext context) throws IOException {
        return new Opening(context).run();
    }

    @Override
    public Image create(ImageContext context, ImageSpec spec) throws IOException {
        return new Creation(context, spec).run();
    }

    /** The one other file of an image is its data file. */
    @Override
    public void rename(ImageContext context, UnaryOperator<String> names) throws IOException {
        Head head = Head.read(context.storage());
        String name = head.dataFile();
        String renamed = name.isEmpty() ? name : names.apply(name);
        if (!renamed.equals(name)) {
            byte[] bytes = renamed.getBytes(java.nio.charset.StandardCharsets.UTF_8);
            new HeadFile(context.storage(), head).replace(head.withExtension(HeaderExtension.DATA_FILE, bytes));
        }
    }
}
