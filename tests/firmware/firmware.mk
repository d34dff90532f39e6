# Compiles a source tree that `esphome compile --only-generate` wrote, with the flags it asked for.
#   make -f firmware.mk SRC=<generated>/src OBJ=<folder> OUT=<binary> [INCLUDES=-I..] [LIBS=..]
CXX ?= g++
SRCS := $(shell find $(SRC) -name '*.cpp')
OBJS := $(patsubst $(SRC)/%.cpp,$(OBJ)/%.o,$(SRCS))
# The [env:...] section of platformio.ini, its build_flags.
FLAGS := $(shell sed -n '/^\[env:/,$$p' $(SRC)/../platformio.ini | sed -n '/^build_flags/,/^[a-z]*_unflags/p' | grep -E '^ +-')
CXXFLAGS += $(FLAGS) -O1 -w -I$(SRC) $(INCLUDES)
LDFLAGS += -pthread -Wl,--wrap=_ZN7esphome19get_mac_address_rawEPh
HEADERS := $(OBJ)/headers.h

$(OUT): $(OBJS)
	$(CXX) -o $@ $^ $(LDFLAGS) $(LIBS)
$(OBJ)/%.o: $(SRC)/%.cpp $(HEADERS).gch
	@mkdir -p $(dir $@)
	$(CXX) $(CXXFLAGS) -include $(HEADERS) -c $< -o $@
$(HEADERS).gch:
	@mkdir -p $(OBJ)
	@printf '#include "esphome/core/%s.h"\n' defines application component helpers log hal > $(HEADERS)
	$(CXX) $(CXXFLAGS) -x c++-header $(HEADERS) -o $@
