// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.platter.backend.vmdk.descriptor.Descriptor;
import org.platter.backend.vmdk.descriptor.DescriptorStore;
import org.platter.backend.vmdk.descriptor.ExtentLine;
import org.platter.backend.vmdk.descriptor.ExtentLine.Access;
import org.platter.backend.vmdk.extent.Bad;
import org.platter.backend.vmdk.extent.Extent;
import org.platter.backend.vmdk.extent.ReadOnlyExtent;
import org.platter.backend.vmdk.extent.Sectors;
import org.platter.backend.vmdk.layout.CowdHeader;
import org.platter.backend.vmdk.layout.HostedHeader;
import org.platter.backend.vmdk.meta.Attributes;
import org.platter.backend.vmdk.meta.CreateType;
import org.platter.backend.vmdk.sparse.SparseExtent;
import org.platter.backend.vmdk.stream.StreamExtent;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.ImageContext;
import org.platter.format.ImageFlag;
import org.platter.storage.ReadOnlyStorage;
import org.platter.storage.Storage;

/** Opens images. For one image. */
final class Opening {
    private static final int SESPARSE_MAGIC = 0xCAFE_BABE;

    private final ImageContext context;

    Opening(ImageContext context) {
        this.context = context;
    }

    /** True if the storage looks like a VMDK, or like a part of one. */
    static boolean probe(Storage storage) throws IOException {
        ByteBuffer start = start(storage);
        int magic = magic(start);
        return magic == HostedHeader.MAGIC
                || magic == CowdHeader.MAGIC
                || magic == SESPARSE_MAGIC && start.remaining() >= Long.BYTES && start.getInt(Integer.BYTES) == 0
                || Descriptor.startsLikeOne(start);
    }

    /** True if the descriptor is in a sparse extent. */
    static boolean embeds(Storage storage) throws IOException {
        return magic(start(storage)) == HostedHeader.MAGIC;
    }

    private static ByteBuffer start(Storage storage) throws IOException {
        int length = (int) Math.min(Sectors.BYTES, storage.size());
        return Sectors.read(storage, 0, length, "VMDK");
    }

    private static int magic(ByteBuffer start) {
        return start.remaining() < Integer.BYTES
                ? 0
                : start.order(ByteOrder.LITTLE_ENDIAN).getInt(0);
    }

    VmdkImage open() throws IOException {
        Storage main = context.storage();
        ByteBuffer start = start(main);
        int magic = magic(start);
        if (magic == HostedHeader.MAGIC) {
            return embedded(main);
        }
        if (Descriptor.startsLikeOne(start)) {
            return described(main);
        }
        throw Bad.header(
                magic == CowdHeader.MAGIC || magic == SESPARSE_MAGIC
                        ? "VMDK: this file is one extent of an ESX disk; open the descriptor file that names it"
                        : "VMDK: starts with no KDMV header and no descriptor");
    }

    // --- one file ---

    private VmdkImage embedded(Storage main) throws IOException {
        HostedHeader header = HostedHeader.read(main, 0).validated();
        if (header.descriptor() == 0) {
            throw noDescriptor();
        }
        int area = (int) header.descriptorSize() * Sectors.BYTES;
        DescriptorStore store = DescriptorStore.embedded(main, header.floor() - area, area);
        if (store.empty()) {
            throw noDescriptor();
        }
        Descriptor descriptor = store.read();
        List<ExtentLine> lines = descriptor.extents();
        CreateType type = type(descriptor, lines);
        if (lines.size() != 1 || lines.get(0).type() != ExtentLine.Type.SPARSE) {
            throw Bad.header("VMDK: an embedded descriptor names " + lines.size()
                    + " extents, not the one sparse extent that it is in");
        }
        ExtentLine line = lines.get(0);
        Set<ImageFlag> flags = EnumSet.noneOf(ImageFlag.class);
        flags.addAll(type.flags(lines));
        if (header.compressed()) {
            flags.add(ImageFlag.STREAM_OPTIMIZED);
        }
        String refusal = refusal(header, descriptor, line);
        VmdkImage.Parts parts = new VmdkImage.Parts(
                main,
                store,
                flags,
                Integer.toString(header.version()),
                refusal,
                header.grain() * Sectors.BYTES,
                List.of());
        return new VmdkImage(
                context, parts, descriptor, context.infoOnly() ? List.of() : List.of(sparse(main, line, refusal)));
    }

    private static DiskException noDescriptor() {
        return Bad.header("VMDK: this file is one extent of a disk and has no descriptor; open the file that names it");
    }

    private static CreateType type(Descriptor descriptor, List<ExtentLine> lines) throws DiskException {
        String version = descriptor.value(Attributes.VERSION).orElse("1");
        if (!version.matches("[1-3]")) {
            throw Bad.unsupported("VMDK descriptor: version " + version + " is not 1 to 3");
        }
        String word = descriptor
                .value(Attributes.CREATE_TYPE)
                .orElseThrow(() -> Bad.header("VMDK descriptor: has no createType"));
        CreateType type = CreateType.of(word);
        type.check(lines);
        return type;
    }

    /** Why the image can only be read, or empty. */
    private static String refusal(HostedHeader header, Descriptor descriptor, ExtentLine line) {
        if (header.compressed()) {
            return "a stream is written once, from front to end, and then only read";
        }
        if (descriptor.value(Attributes.CHANGE_TRACK_PATH).isPresent()) {
            return "its changes are tracked in another file, which writes would make wrong";
        }
        return line.access() == Access.RW ? "" : "its extent has access " + line.access();
    }

    private Extent sparse(Storage storage, ExtentLine line, String refusal) throws IOException {
        HostedHeader header = HostedHeader.read(storage, 0).validated();
        if (header.compressed()) {
            return StreamExtent.open(storage, line.bytes());
        }
        if (refusal.isEmpty()) {
            return SparseExtent.hosted(storage, line.bytes(), context.writable());
        }
        Storage view = new ReadOnlyStorage(storage, ErrorCode.READ_ONLY, "VMDK: " + refusal);
        return new ReadOnlyExtent(SparseExtent.hosted(view, line.bytes(), false), refusal);
    }

    // --- a descriptor file ---

    private VmdkImage described(Storage main) throws IOException {
        DescriptorStore store = DescriptorStore.file(main);
        Descriptor descriptor = store.read();
        List<ExtentLine> lines = descriptor.extents();
        CreateType type = type(descriptor, lines);
        boolean tracked = descriptor.value(Attributes.CHANGE_TRACK_PATH).isPresent();
        String refusal = tracked ? "its changes are tracked in another file, which writes would make wrong" : "";
        String version = descriptor.value(Attributes.VERSION).orElse("1");
        VmdkImage.Parts parts =
                new VmdkImage.Parts(main, store, type.flags(lines), version, refusal, block(lines), files(lines));
        List<Extent> extents = new ArrayList<>();
        if (!context.infoOnly()) {
            ExtentFiles files = new ExtentFiles(context, main, refusal);
            for (ExtentLine line : lines) {
                extents.add(files.open(line));
            }
        }
        return new VmdkImage(context, parts, descriptor, extents);
    }

    private static List<String> files(List<ExtentLine> lines) {
        return lines.stream()
                .map(ExtentLine::name)
                .filter(name -> !name.isEmpty())
                .distinct()
                .toList();
    }

    /** Bytes of a block of the first extent that has blocks, if that is asked for and can be found out. */
    private long block(List<ExtentLine> lines) {
        return context.infoOnly() ? ExtentFiles.blockSize(context, lines) : 0;
    }
}
