// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.parallels;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.osgi.service.component.annotations.Component;
import org.platter.config.ConfigKey;
import org.platter.config.ConfigSchema;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Capability;
import org.platter.format.DiskFormat;
import org.platter.format.FormatBackend;
import org.platter.format.Image;
import org.platter.format.ImageContext;
import org.platter.format.ImageSpec;
import org.platter.storage.Storage;

/** Disk images of Parallels. Keeps no state. Source: docs/formats/parallels.md. */
@Component
@DiskFormat(
        name = "PARALLELS",
        extensions = {"hds", "hdd"},
        signatures = {
            "0:576974686F7574467265655370616365",
            "0:576974686F7546726553706163457874",
        },
        capabilities = {
            Capability.CREATE_DYNAMIC,
            Capability.ASYNC,
            Capability.FILE,
            Capability.DISCARD,
            Capability.COMPACT,
            Capability.CHECK,
            Capability.REPAIR
        })
public final class ParallelsBackend implements FormatBackend {
    static final Set<Capability> CAPABILITIES = Set.of(
            Capability.CREATE_DYNAMIC,
            Capability.ASYNC,
            Capability.FILE,
            Capability.DISCARD,
            Capability.COMPACT,
            Capability.CHECK,
            Capability.REPAIR);

    static final String CLUSTER_SIZE = "ClusterSize";

    private static final ConfigSchema SCHEMA = ConfigSchema.of(ConfigKey.integer(CLUSTER_SIZE)
            .orElse("1048576")
            .asExpert()
            .describedAs("Bytes of a cluster of a new image, a power of two from 512 to 1073741824"));

    /** Made by Declarative Services. */
    public ParallelsBackend() {}

    @Override
    public ConfigSchema schema() {
        return SCHEMA;
    }

    @Override
    public boolean probe(Storage storage) throws IOException {
        return storage.size() >= ParallelsHeader.BYTES && header(storage).known() || HddDescriptor.probe(storage);
    }

    static ParallelsHeader header(Storage storage) throws IOException {
        if (storage.size() < ParallelsHeader.BYTES) {
            throw new DiskException(
                    ErrorCode.BAD_HEADER, "Parallels header: the file has " + storage.size() + " bytes");
        }
        ByteBuffer bytes = ByteBuffer.allocate(ParallelsHeader.BYTES);
        storage.read(bytes, 0);
        return ParallelsHeader.decode(bytes.flip());
    }

    @Override
    public Image open(ImageContext context) throws IOException {
        Storage storage = context.storage();
        if (HddDescriptor.probe(storage)) {
            return HddImage.opened(context, HddDescriptor.read(storage));
        }
        return ParallelsImage.opened(storage, context.writable() && !storage.readOnly());
    }

    @Override
    public Image create(ImageContext context, ImageSpec spec) throws IOException {
        long cluster = context.config().integer(CLUSTER_SIZE).orElse(1L << 20);
        if (!spec.flags().isEmpty()) {
            throw new DiskException(
                    ErrorCode.NOT_SUPPORTED, "Parallels: there are no images of variant " + spec.flags());
        }
        if (cluster < ParallelsHeader.SECTOR || cluster > 1 << 30 || Long.bitCount(cluster) != 1) {
            throw new DiskException(
                    ErrorCode.BAD_VALUE,
                    "config key " + CLUSTER_SIZE + " wants a power of two from 512 to 1073741824, not " + cluster);
        }
        long blocks = (spec.size() - 1) / cluster + 1;
        if (spec.size() % ParallelsHeader.SECTOR != 0 || blocks > ParallelsImage.MOST_BLOCKS) {
            throw new DiskException(
                    ErrorCode.BAD_SIZE,
                    "Parallels: a disk of " + spec.size() + " bytes in clusters of " + cluster
                            + "; it has whole sectors and at most " + ParallelsImage.MOST_BLOCKS + " clusters");
        }
        Storage storage = context.storage();
        ParallelsImage.create(storage, spec.size(), cluster, blocks);
        return ParallelsImage.opened(storage, true);
    }

    @Override
    public void rename(ImageContext context, UnaryOperator<String> names) throws IOException {
        if (HddDescriptor.probe(context.storage())) {
            HddDescriptor.rename(context.storage(), names);
        }
    }
}
