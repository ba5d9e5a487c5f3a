// SPDX-License-Identifier: Apache-2.0
package com.example.crate;

import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import org.osgi.service.component.annotations.Component;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Capability;
import org.platter.format.DiskFormat;
import org.platter.format.FormatBackend;
import org.platter.format.Image;
import org.platter.format.ImageContext;
import org.platter.format.ImageFlag;
import org.platter.format.ImageSpec;
import org.platter.storage.Storage;

/** The crate format: a header, then the disk as it is. */
@Component
@DiskFormat(
        name = "CRATE",
        extensions = "crate",
        capabilities = {Capability.CREATE_FIXED, Capability.ASYNC, Capability.FILE})
public final class CrateBackend implements FormatBackend {
    static final Set<Capability> CAPABILITIES =
            Set.of(Capability.CREATE_FIXED, Capability.ASYNC, Capability.FILE);

    /** Called by Declarative Services. */
    public CrateBackend() {}

    @Override
    public boolean probe(Storage storage) throws IOException {
        return CrateHeader.isIn(storage);
    }

    @Override
    public Image open(ImageContext context) throws IOException {
        return new CrateImage(context, CrateHeader.read(context.storage()));
    }

    @Override
    public Image create(ImageContext context, ImageSpec spec) throws IOException {
        Set<ImageFlag> others = new HashSet<>(spec.flags());
        others.remove(ImageFlag.FIXED);
        if (!others.isEmpty()) {
            throw new DiskException(ErrorCode.NOT_SUPPORTED, "crates are plain, they cannot be " + others);
        }
        CrateHeader header = new CrateHeader(spec.size());
        Storage storage = context.storage();
        storage.resize(CrateHeader.BYTES + spec.size());
        storage.write(header.encode(), 0);
        storage.flush();
        return new CrateImage(context, header);
    }
}
