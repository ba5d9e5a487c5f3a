// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.platter.backend.vmdk.descriptor.Descriptor;
import org.platter.backend.vmdk.descriptor.ExtentLine;
import org.platter.backend.vmdk.descriptor.ExtentLine.Type;
import org.platter.backend.vmdk.extent.Bad;
import org.platter.backend.vmdk.extent.Sectors;
import org.platter.backend.vmdk.layout.CowdWriter;
import org.platter.backend.vmdk.layout.HostedWriter;
import org.platter.backend.vmdk.meta.CreateType;
import org.platter.backend.vmdk.meta.DescriptorText;
import org.platter.backend.vmdk.meta.Settings;
import org.platter.backend.vmdk.meta.SplitNames;
import org.platter.backend.vmdk.stream.StreamWriter;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Image;
import org.platter.format.ImageContext;
import org.platter.format.ImageFlag;
import org.platter.format.ImageSpec;
import org.platter.format.RawDiskSpec;
import org.platter.storage.Storage;

/** Makes images. All but streams are opened from their files when they are made. For one image. */
final class Creation {
    private static final Map<Set<ImageFlag>, CreateType> VARIANTS = Map.of(
            Set.of(), CreateType.MONOLITHIC_SPARSE,
            Set.of(ImageFlag.FIXED), CreateType.MONOLITHIC_FLAT,
            Set.of(ImageFlag.SPLIT_2G), CreateType.SPLIT_SPARSE,
            Set.of(ImageFlag.SPLIT_2G, ImageFlag.FIXED), CreateType.SPLIT_FLAT,
            Set.of(ImageFlag.STREAM_OPTIMIZED), CreateType.STREAM_OPTIMIZED,
            Set.of(ImageFlag.ESX), CreateType.VMFS_SPARSE,
            Set.of(ImageFlag.ESX, ImageFlag.FIXED), CreateType.VMFS_FLAT,
            Set.of(ImageFlag.RAWDISK), CreateType.PARTITIONED_DEVICE,
            Set.of(ImageFlag.RAWDISK, ImageFlag.FIXED), CreateType.PARTITIONED_DEVICE);

    private static final String EXTENSION = ".vmdk";

    private final ImageContext context;
    private final ImageSpec spec;
    private final Settings settings;
    private final CreateType type;

    Creation(ImageContext context, ImageSpec spec) throws DiskException {
        this.context = context;
        this.spec = spec;
        settings = Settings.of(context);
        type = type();
        if (spec.size() % Sectors.BYTES != 0) {
            throw new DiskException(ErrorCode.BAD_SIZE, "VMDK: size " + spec.size() + " is no multiple of 512");
        }
    }

    private CreateType type() throws DiskException {
        Set<ImageFlag> variant = EnumSet.noneOf(ImageFlag.class);
        variant.addAll(spec.flags());
        variant.remove(ImageFlag.DIFF);
        if (variant.equals(Set.of(ImageFlag.ESX)) && spec.parent().isEmpty() && !settings.grainChosen()) {
            return CreateType.VMFS_FLAT; // servers take no COWD for a base; what is thin is so by a sparse file
        }
        CreateType known = VARIANTS.get(variant);
        if (known == null) {
            throw Bad.unsupported("VMDK: has no variant with " + new java.util.TreeSet<>(spec.flags()));
        }
        if (known == CreateType.PARTITIONED_DEVICE) {
            RawDiskSpec raw = spec.rawDisk()
                    .orElseThrow(() -> Bad.unsupported("VMDK: a raw disk needs its device or partitions"));
            return raw.device().isPresent() ? CreateType.FULL_DEVICE : known;
        }
        return known;
    }

    private boolean fixed() {
        return spec.flags().contains(ImageFlag.FIXED) || type == CreateType.VMFS_FLAT;
    }

    Image create() throws IOException {
        return switch (type) {
            case MONOLITHIC_SPARSE -> monolithicSparse();
            case STREAM_OPTIMIZED -> stream();
            case FULL_DEVICE, PARTITIONED_DEVICE ->
                withDescriptorFile(new RawDiskCreation(context, spec, base()).lines());
            default -> withDescriptorFile(split());
        };
    }

    /** The name of the main file, as far as the location has one. */
    /** What the file will be called that holds the descriptor too. */
    private String name() throws DiskException {
        return written(context.name());
    }

    private static String written(String name) throws DiskException {
        if (name.chars().anyMatch(c -> c == '"' || Character.isISOControl(c))) {
            throw new DiskException(
                    ErrorCode.BAD_VALUE, "VMDK: a file name with quotes or control characters cannot be written down");
        }
        return name.isEmpty() ? "disk" + EXTENSION : name;
    }

    /** What the names of other files begin with: they are beside the main file as it is called now. */
    private String base() throws DiskException {
        String path = String.valueOf(context.location().getPath());
        String name = written(path.substring(path.lastIndexOf('/') + 1));
        boolean usual = name.toLowerCase(Locale.ROOT).endsWith(EXTENSION) && name.length() > EXTENSION.length();
        return usual ? name.substring(0, name.length() - EXTENSION.length()) : name;
    }

    private Image monolithicSparse() throws IOException {
        List<ExtentLine> lines = List.of(ExtentLine.of(spec.size(), Type.SPARSE, name(), -1));
        Descriptor descriptor = DescriptorText.of(spec, type, lines, settings);
        int grain = settings.grain(spec.flags());
        Storage storage = context.storage();
        HostedWriter.create(storage, spec.size(), grain, settings.zeroedGrains(), descriptor.bytes());
        storage.flush();
        return new Opening(context).open();
    }

    private Image stream() throws IOException {
        ExtentLine line = ExtentLine.of(spec.size(), Type.SPARSE, name(), -1);
        Descriptor descriptor = DescriptorText.of(spec, type, List.of(line.readOnly()), settings);
        StreamWriter.Settings how = new StreamWriter.Settings(
                settings.grain(spec.flags()),
                settings.compressionLevel(),
                spec.flags().contains(ImageFlag.DIFF));
        Storage storage = context.storage();
        StreamWriter writer = StreamWriter.create(storage, spec.size(), how, descriptor.bytes());
        VmdkImage.Parts parts = new VmdkImage.Parts(
                storage,
                new StreamDescriptor(writer),
                Set.of(ImageFlag.STREAM_OPTIMIZED),
                "3",
                "",
                how.grain(),
                List.of(),
                List.of());
        return new VmdkImage(context, parts, descriptor, List.of(writer));
    }

    private Image withDescriptorFile(List<ExtentLine> lines) throws IOException {
        Descriptor descriptor = DescriptorText.of(spec, type, lines, settings);
        Storage storage = context.storage();
        storage.write(ByteBuffer.wrap(descriptor.bytes()), 0);
        storage.flush();
        return new Opening(context).open();
    }

    /** One extent, or as many as a split disk needs. */
    private List<ExtentLine> split() throws IOException {
        boolean split = spec.flags().contains(ImageFlag.SPLIT_2G);
        int grain = fixed() ? Sectors.BYTES : settings.grain(spec.flags());
        long most = split ? Math.max(grain, settings.extentSize() / grain * grain) : spec.size();
        long count = (spec.size() - 1) / most + 1;
        if (count > SplitNames.MOST) {
            throw new DiskException(
                    ErrorCode.BAD_SIZE,
                    "VMDK: " + spec.size() + " bytes need " + count + " files, more than " + SplitNames.MOST);
        }
        List<ExtentLine> lines = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long bytes = Math.min(most, spec.size() - i * most);
            String name = split ? SplitNames.of(base(), fixed() ? 'f' : 's', i + 1) : base() + suffix();
            lines.add(extent(name, bytes));
        }
        return lines;
    }

    private String suffix() {
        return fixed() ? "-flat" + EXTENSION : "-delta" + EXTENSION;
    }

    private ExtentLine extent(String name, long bytes) throws IOException {
        Storage storage = context.createStorage(name);
        boolean esx = spec.flags().contains(ImageFlag.ESX);
        int grain = settings.grain(spec.flags());
        if (fixed()) {
            if (settings.preallocate(spec.flags())) {
                storage.preallocate(0, bytes);
            } else {
                storage.resize(bytes);
            }
        } else if (esx) {
            CowdWriter.create(storage, bytes, grain, DescriptorText.geometry(spec, settings), parentName());
        } else {
            HostedWriter.create(storage, bytes, grain, settings.zeroedGrains(), new byte[0]);
        }
        storage.flush();
        Type kind = fixed() ? esx ? Type.VMFS : Type.FLAT : esx ? Type.VMFSSPARSE : Type.SPARSE;
        return ExtentLine.of(bytes, kind, name, kind == Type.FLAT ? 0 : -1);
    }

    private String parentName() {
        return spec.parent()
                .map(link -> link.hints().isEmpty() ? "" : link.hints().get(0))
                .orElse("");
    }
}
