// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.platter.backend.vmdk.descriptor.Descriptor;
import org.platter.backend.vmdk.descriptor.DescriptorStore;
import org.platter.backend.vmdk.descriptor.ExtentLine;
import org.platter.backend.vmdk.file.UnrenamedExtents;
import org.platter.format.ImageContext;
import org.platter.storage.Storage;

/** Gives the extents in a descriptor file their new names. What a file holds alone does not depend on its name. */
record Renaming(ImageContext context) {
    void apply(UnaryOperator<String> names) throws IOException {
        Storage main = context.storage();
        boolean embedded = Opening.embeds(main);
        DescriptorStore store = embedded ? Opening.embedded(main) : DescriptorStore.file(main);
        Descriptor descriptor = store.read();
        if (embedded && descriptor.extents().size() == 1) {
            return;
        }
        List<ExtentLine> renamed = descriptor.extents().stream()
                .map(line -> line.name().isEmpty() ? line : line.withName(renamed(line.name(), names)))
                .toList();
        store.write(descriptor.withExtents(renamed));
        main.flush();
    }

    private String renamed(String name, UnaryOperator<String> names) {
        String renamed = names.apply(name);
        if (!renamed.equals(name)) {
            return renamed;
        }
        String plain = name.substring(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);
        String beside = plain.equals(name) ? name : names.apply(plain);
        if (!beside.equals(name) && !beside.equals(plain)) {
            return beside; // the file beside the descriptor was meant, whatever folder stands there
        }
        Optional<String> unrenamed = UnrenamedExtents.name(context.location(), name);
        return unrenamed.isPresent() && !exists(name) && exists(unrenamed.get()) ? unrenamed.get() : name;
    }

    private boolean exists(String name) {
        try {
            context.storageForReading(name);
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
