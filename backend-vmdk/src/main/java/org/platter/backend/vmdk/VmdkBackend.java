// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk;

import java.io.IOException;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.osgi.service.component.annotations.Component;
import org.platter.backend.vmdk.meta.Settings;
import org.platter.config.ConfigSchema;
import org.platter.format.Capability;
import org.platter.format.DiskFormat;
import org.platter.format.FormatBackend;
import org.platter.format.Image;
import org.platter.format.ImageContext;
import org.platter.format.ImageSpec;
import org.platter.storage.Storage;

/** VMware disk images in all their variants. Keeps no state. Source: docs/formats/vmdk.md. */
@Component
@DiskFormat(
        name = "VMDK",
        extensions = "vmdk",
        signatures = {
            "0:4b444d56", // KDMV
            "0:434f5744", // COWD
            "0:bebafeca00000000", // seSparse
            "0:23204469736b2044657363726970746f7246696c65", // # Disk DescriptorFile
            "0:23204469736b2044657363726970746f722046696c65" // # Disk Descriptor File
        },
        capabilities = {
            Capability.UUIDS,
            Capability.CREATE_FIXED,
            Capability.CREATE_DYNAMIC,
            Capability.CREATE_SPLIT_2G,
            Capability.DIFF,
            Capability.ASYNC,
            Capability.FILE,
            Capability.DISCARD,
            Capability.RESIZE,
            Capability.COMPACT,
            Capability.CHECK,
            Capability.REPAIR
        })
public final class VmdkBackend implements FormatBackend {
    static final Set<Capability> CAPABILITIES = Set.of(
            Capability.UUIDS,
            Capability.CREATE_FIXED,
            Capability.CREATE_DYNAMIC,
            Capability.CREATE_SPLIT_2G,
            Capability.DIFF,
            Capability.ASYNC,
            Capability.FILE,
            Capability.DISCARD,
            Capability.RESIZE,
            Capability.COMPACT,
            Capability.CHECK,
            Capability.REPAIR);

    @Override
    public ConfigSchema schema() {
        return Settings.SCHEMA;
    }

    @Override
    public boolean probe(Storage storage) throws IOException {
        return Opening.probe(storage);
    }

    @Override
    public Image open(ImageContext context) throws IOException {
        return new Opening(context).open();
    }

    @Override
    public Image create(ImageContext context, ImageSpec spec) throws IOException {
        return new Creation(context, spec).create();
    }

    @Override
    public void rename(ImageContext context, UnaryOperator<String> names) throws IOException {
        new Renaming(context).apply(names);
    }
}
