package dev.varve;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Holds the direction of dependencies, where each library may be imported, and who may talk to the outside. */
class ArchitectureTest {
    private static final String ROOT = "dev.varve.";

    /** A package may use itself and those before it; a subpackage counts with its parent. */
    private static final List<String> ORDER = List.of(
            "model",
            "bytes",
            "posix",
            "crypto",
            "codec",
            "chunk",
            "device",
            "fs",
            "backend",
            "pack",
            "index",
            "tier",
            "repository",
            "snapshot",
            "backup",
            "restore",
            "check",
            "retention",
            "tiering",
            "view",
            "mount",
            "cli");

    private static final JavaClasses VARVE = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.varve");

    @Test
    void theProjectIsSeen() {
        assertTrue(VARVE.contain("dev.varve.cli.Varve"), "no class of the project was imported");
        assertTrue(VARVE.contain("dev.varve.model.ChunkId"), "no class of the project was imported");
    }

    @Test
    void everyPackageHasAPlaceInTheOrder() {
        TreeSet<String> unknown = new TreeSet<>();
        VARVE.forEach(type -> unknown.add(layerOf(type)));
        unknown.removeAll(ORDER);
        assertEquals(new TreeSet<>(), unknown);
    }

    @Test
    void aPackageUsesOnlyThoseBeforeIt() {
        classes().should(useOnlyEarlierPackages()).check(VARVE);
    }

    @Test
    void aBackwardDependencyWouldBeSeen() {
        assertFalse(mayUse("model", "cli"));
        assertFalse(mayUse("codec", "chunk"));
        assertFalse(mayUse("codec", "unheard-of"));
        assertTrue(mayUse("cli", "model"));
        assertTrue(mayUse("fs", "fs"));
    }

    @Test
    void packagesFormNoCycle() {
        slices().matching(ROOT + "(**)").should().beFreeOfCycles().check(VARVE);
    }

    @Test
    void mapDbIsKnownOnlyToTheIndex() {
        onlyIn(List.of("index"), "org.mapdb..", "kotlin..", "org.eclipse.collections..");
    }

    @Test
    void fuseIsKnownOnlyToTheMount() {
        onlyIn(List.of("mount"), "ru.serce..");
    }

    @Test
    void nativeCallsAreMadeOnlyInPosixAndMount() {
        onlyIn(List.of("posix", "mount"), "jnr..", "com.kenai..");
    }

    @Test
    void bouncyCastleIsKnownOnlyToCrypto() {
        onlyIn(List.of("crypto"), "org.bouncycastle..");
    }

    @Test
    void compressorsAreKnownOnlyToCodec() {
        onlyIn(List.of("codec"), "net.jpountz..", "org.tukaani..");
    }

    @Test
    void eachRemoteClientIsKnownOnlyToItsOwnBackend() {
        onlyInPackage("dev.varve.backend.sftp", "com.jcraft..");
        onlyInPackage("dev.varve.backend.s3", "software.amazon..", "org.apache.hc..");
    }

    @Test
    void picocliIsKnownOnlyToTheCli() {
        onlyIn(List.of("cli"), "picocli..");
    }

    @Test
    void guavaComesWithMapDbAndIsNotOurs() {
        onlyIn(List.of(), "com.google.common..");
    }

    @Test
    void onlyTheCliTalksToTheOutside() {
        noClasses()
                .that(areOutside("cli"))
                .should()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .orShould()
                .callMethod(System.class, "exit", int.class)
                .orShould()
                .callMethod(Runtime.class, "exit", int.class)
                .orShould()
                .callMethod(Runtime.class, "halt", int.class)
                .orShould()
                .callMethod(Throwable.class, "printStackTrace")
                .orShould()
                .dependOnClassesThat(resideInAnyPackage("java.util.logging.."))
                .check(VARVE);
    }

    private static void onlyIn(List<String> layers, String... libraryPackages) {
        noClasses()
                .that(areOutside(layers.toArray(String[]::new)))
                .should()
                .dependOnClassesThat(resideInAnyPackage(libraryPackages))
                .check(VARVE);
    }

    private static void onlyInPackage(String ownPackage, String... libraryPackages) {
        noClasses()
                .that()
                .resideOutsideOfPackage(ownPackage)
                .should()
                .dependOnClassesThat(resideInAnyPackage(libraryPackages))
                .check(VARVE);
    }

    private static DescribedPredicate<JavaClass> areOutside(String... layers) {
        List<String> inside = List.of(layers);
        return DescribedPredicate.describe("are outside " + inside, type -> !inside.contains(layerOf(type)));
    }

    private static ArchCondition<JavaClass> useOnlyEarlierPackages() {
        return new ArchCondition<>("use only " + ORDER + " in this direction") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                    JavaClass target = dependency.getTargetClass().getBaseComponentType();
                    if (target.getPackageName().startsWith(ROOT) && !mayUse(layerOf(type), layerOf(target))) {
                        events.add(SimpleConditionEvent.violated(dependency, dependency.getDescription()));
                    }
                }
            }
        };
    }

    private static boolean mayUse(String layer, String used) {
        return ORDER.contains(used) && ORDER.indexOf(used) <= ORDER.indexOf(layer);
    }

    /** The first part of the package below {@code dev.varve}; the whole name for a class that is in none. */
    private static String layerOf(JavaClass type) {
        String name = type.getPackageName();
        if (!name.startsWith(ROOT)) {
            return type.getName();
        }
        String below = name.substring(ROOT.length());
        int dot = below.indexOf('.');
        return dot < 0 ? below : below.substring(0, dot);
    }
}
